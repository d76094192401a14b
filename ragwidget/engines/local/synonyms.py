"""Everyday words that people use for one another."""

from functools import cache

from ragwidget.engines.words import stem

_ENGLISH = """
delete remove erase uninstall drop
cancel terminate end
price cost fee charge
expensive cost price
buy purchase order
pay payment
pay charge cost
refund reimburse reimbursement
phone telephone call
address url link
login signin logon
register signup registration subscribe
begin start launch
stop halt quit exit abort
error exception failure fault
problem trouble issue
fix repair solve resolve
create make build generate construct
show display print view
get obtain retrieve fetch return
find search locate lookup
change modify edit alter update adjust
send deliver ship dispatch
delivery shipping shipment
allow permit enable
forbid disallow prohibit block disable
ignore skip suppress
copy duplicate clone
join merge combine concatenate chain
split divide separate partition
folder directory
picture image photo
program command executable application app
function callable method
big large huge
small little tiny
longest largest maximum
fast quick rapid speed
job work employment
vacation holiday leave
ill sick
car vehicle
company firm business
client customer
illegal unlawful
safe secure safety security
secret password credential passphrase
guess predict
near close
shut close
contact reach
check verify test validate
convert transform turn
whole entire complete full
random arbitrary shuffle
wait pause sleep delay block
read load
write save store
remember cache store keep
list enumerate
limit maximum cap
least minimum smallest lowest
most maximum largest highest
average mean
often frequent frequency
common frequent
several multiple
different unlike distinct
same equal identical
almost nearly approximately
compare comparison
parallel concurrent simultaneous
wildcard pattern glob
replace substitute
exchange replace swap
processor cpu
today current
guarantee warranty
support help assistance
staff employee personnel
boss manager supervisor
salary wage pay
lawyer attorney
doctor physician
kid child
bug defect error
broken damaged defective faulty
answer reply response
question inquiry enquiry
rule policy regulation
agreement contract
hire rent lease
house home
trip journey travel
discount rebate reduction
free gratis complimentary
free cost price
valid expire expiry expiration validity
change set setting configure configuration option
data privacy
product item goods
colour color
invoice bill
return refund
location place address
opening open
time hour
bike bicycle
"""


@cache
def _neighbours() -> dict[str, frozenset[str]]:
    """Return each term's synonyms, by stem."""
    found: dict[str, set[str]] = {}
    for line in _ENGLISH.strip().splitlines():
        terms = {stem(word, "english") for word in line.split()}
        for term in terms:
            found.setdefault(term, set()).update(terms - {term})
    return {term: frozenset(others) for term, others in found.items()}


def synonyms_of(term: str) -> frozenset[str]:
    """Return the terms that people use for this one, in English."""
    return _neighbours().get(term, frozenset())

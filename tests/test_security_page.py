"""What SECURITY.md promises is shown by the tests that it names."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_row_of_the_threat_model_names_a_test_that_is_there() -> None:
    rows = [line for line in (ROOT / "SECURITY.md").read_text().splitlines() if "`tests/" in line]

    assert len(rows) > 20
    for row in rows:
        named = NAMED.search(row)
        assert named, row
        source = (ROOT / named[1]).read_text()
        assert f"def {named[2]}(" in source, f"{named[1]} has no {named[2]}"

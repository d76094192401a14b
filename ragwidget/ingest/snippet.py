"""Whether the pasted line stands in a page, and whether the page lets it work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

_SCRIPT_TYPES = {"", "text/javascript", "application/javascript"}
_FALLBACKS = {
    "script-src": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about the page; `code` is "fine" when all is well."""

    code: str
    message: str


def find_snippet(
    html: str, headers: Mapping[str, str], chatbot_id: str, widget_url: str, page_url: str = ""
) -> list[Finding]:
    """Return what keeps the widget from appearing on a page, or the one finding that all is well.

    `headers` have lower-case names; `widget_url` is the address in the pasted line.
    """
    tree = LexborHTMLParser(html)
    scripts = [
        node
        for node in tree.css("script")
        if "data-chatbot" in node.attributes or _same_file(node, widget_url, page_url)
    ]
    if not scripts:
        return [
            Finding(
                "missing",
                "The line is not in this page. Paste it before </body>, publish the page and check "
                "again. If a tag manager adds it, open the page and look for the button instead.",
            )
        ]
    ours = [s for s in scripts if s.attributes.get("data-chatbot") == chatbot_id]
    script = (ours or scripts)[0]
    findings = [*_about_script(script, chatbot_id, widget_url, page_url)]
    for policy in _policies(tree, headers):
        findings += _about_policy(policy, script, widget_url, page_url)
    if len(ours) > 1:
        findings.append(Finding("twice", "The line is in this page twice. Keep one of them."))
    return list(dict.fromkeys(findings)) or [
        Finding("fine", "The line is in this page, and nothing in the page stands in its way.")
    ]


def _about_script(
    script: LexborNode, chatbot_id: str, widget_url: str, page_url: str
) -> list[Finding]:
    findings = []
    named = script.attributes.get("data-chatbot") or ""
    if named != chatbot_id:
        findings.append(
            Finding(
                "wrong_chatbot",
                f"The line names another chatbot ({named[:60]}). Copy this chatbot's own line."
                if named
                else "The line doesn't say which chatbot: data-chatbot is missing. Copy it again.",
            )
        )
    if not _same_file(script, widget_url, page_url):
        found = script.attributes.get("src") or "nothing"
        findings.append(
            Finding(
                "wrong_address", f"The line loads {found[:200]} where it should load {widget_url}."
            )
        )
    if (script.attributes.get("type") or "").lower() not in _SCRIPT_TYPES:
        findings.append(
            Finding(
                "held_back",
                f'The line has type="{script.attributes.get("type")}", so the browser doesn\'t run '
                "it as it is. Remove the type, or tell your consent tool to release it.",
            )
        )
    return findings


def _same_file(script: LexborNode, widget_url: str, page_url: str) -> bool:
    src = (script.attributes.get("src") or "").strip()
    if not src:
        return False
    found, meant = urlsplit(urljoin(page_url or widget_url, src)), urlsplit(widget_url)
    return (_origin(found), found.path) == (_origin(meant), meant.path)


def _policies(tree: LexborHTMLParser, headers: Mapping[str, str]) -> list[dict[str, list[str]]]:
    """Return the page's content security policies; each one must allow what is to happen."""
    texts = headers.get("content-security-policy", "").split(",")
    texts += [
        meta.attributes.get("content") or ""
        for meta in tree.css("head meta[http-equiv]")
        if (meta.attributes.get("http-equiv") or "").lower() == "content-security-policy"
    ]
    policies = []
    for text in texts:
        policy: dict[str, list[str]] = {}
        for directive in text.split(";"):
            name, *sources = directive.split() or [""]
            policy.setdefault(name.lower(), sources)  # the first of its name counts
        policies.append(policy)
    return policies


def _about_policy(
    policy: dict[str, list[str]], script: LexborNode, widget_url: str, page_url: str
) -> list[Finding]:
    findings = []
    scheme, host, port = _origin(urlsplit(widget_url))
    shown = f"{scheme}://{host}" + ("" if port == _usual_port(scheme) else f":{port}")
    for directive, names in _FALLBACKS.items():
        name = next((name for name in names if name in policy), None)
        if name is None:
            continue
        sources = policy[name]
        if directive == "script-src" and _trusts_tag(sources, script):
            continue
        listed = sources if directive == "connect-src" else _without_hosts_if_strict(sources)
        if not any(_matches(source, widget_url, page_url) for source in listed):
            what = "loading the widget" if directive == "script-src" else "asking the chatbot"
            findings.append(
                Finding(
                    f"blocked_by_{directive.replace('-', '_')}",
                    f"The page's Content-Security-Policy forbids {what}: its {name} doesn't allow "
                    f"{shown}. Add {shown} to {directive}.",
                )
            )
    return findings


def _trusts_tag(sources: list[str], script: LexborNode) -> bool:
    nonce = script.attributes.get("nonce")
    return bool(nonce) and f"'nonce-{nonce}'" in sources


def _without_hosts_if_strict(sources: list[str]) -> list[str]:
    return [] if "'strict-dynamic'" in (s.lower() for s in sources) else sources


def _matches(source: str, url: str, page_url: str) -> bool:
    """Tell whether one source expression of a policy allows an address.

    >>> _matches("https://*.example.org", "https://chat.example.org/widget.js", "")
    True
    """
    scheme, host, port = _origin(urlsplit(url))
    if source == "*":
        return scheme in {"http", "https"}
    if source.lower() == "'self'":
        return bool(page_url) and _origin(urlsplit(page_url)) == (scheme, host, port)
    if source.startswith("'"):
        return False
    if source.endswith(":"):
        return source[:-1].lower() in {scheme, "http" if scheme == "https" else scheme}
    if "://" not in source:
        page_scheme = urlsplit(page_url).scheme or scheme
        source = f"{page_scheme}://{source}"
    allowed = urlsplit(source.replace(":*", ""))
    try:
        ports_agree = ":*" in source or (allowed.port or _usual_port(scheme)) == port
    except ValueError:
        return False
    wanted = (allowed.hostname or "").lower()
    hosts_agree = host.endswith(wanted[1:]) if wanted.startswith("*.") else host == wanted
    schemes_agree = allowed.scheme.lower() in {scheme, "http" if scheme == "https" else scheme}
    path = urlsplit(url).path
    paths_agree = not allowed.path.strip("/") or path.startswith(allowed.path)
    return schemes_agree and hosts_agree and ports_agree and paths_agree


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    try:
        port = parts.port
    except ValueError:
        port = None
    return parts.scheme, (parts.hostname or "").lower(), port or _usual_port(parts.scheme)


def _usual_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80

"""Where the pasted line belongs in what websites are made with."""

from __future__ import annotations

import json
from dataclasses import dataclass

STAYS = "Paste the line into index.html, before </body>: the chat stays when the route changes."


@dataclass(frozen=True, slots=True)
class Guide:
    """The way into one kind of website: steps, and lines to copy where the line alone won't do."""

    name: str
    steps: tuple[str, ...]
    lines: str = ""
    more: str = ""


def guides(source: str, data: dict[str, str], line: str) -> list[Guide]:
    """Return the guides, with a chatbot's own lines in them.

    `source` is the address of the script, `data` what its tag says, `line` both together.
    """
    return [
        Guide(
            "Plain HTML",
            (
                "Open the file that holds the end of every page: a layout, a footer, or each page.",
                "Paste the line just before </body>, and publish.",
            ),
            line,
        ),
        Guide(
            "WordPress",
            (
                "In a child theme, or with a plugin for code snippets, add these lines as PHP "
                "that runs everywhere on the website (in a child theme: functions.php).",
                "If a plugin delays or bundles scripts, leave widget.js out there.",
                "Empty the cache of your website, if it has one.",
            ),
            "add_action('wp_footer', function () { ?>\n" + line + "\n<?php });",
            "A plugin that takes code for the footer of every page takes the line as it is.",
        ),
        Guide(
            "Shopify",
            (
                "Go to Online Store, Themes; at your theme, open the menu and choose Edit code.",
                "Open layout/theme.liquid and paste the line just before </body>. Save.",
            ),
            line,
            "The pages of the checkout take no code from themes, so the chat is not there. List "
            "both your own domain and the one that ends in myshopify.com, if people use it.",
        ),
        Guide(
            "Webflow",
            (
                "Go to Site settings, Custom code, and paste the line into Footer code.",
                "Save, and publish the site: the Designer shows no custom code.",
            ),
            line,
            "List the webflow.io address, too, while you try it there. Custom code needs a paid "
            "plan of theirs.",
        ),
        Guide(
            "Squarespace",
            (
                "Go to Settings, Advanced (or Developer tools), Code injection.",
                "Paste the line into Footer, and save.",
            ),
            line,
            "Code injection needs a plan of theirs that has it. While you are signed in there, the "
            "page is shown in a frame: look at it in a private window.",
        ),
        Guide(
            "React",
            (
                STAYS,
                "Or add this component once, high in the tree. With Next.js, put it into "
                'app/layout and begin the file with "use client".',
            ),
            _react(source, data),
            'To give the chat a place of its own in the page, render <rag-widget chatbot="…" '
            'mode="inline" /> and load the script without data-chatbot.',
        ),
        Guide(
            "Vue",
            (
                STAYS,
                "With Nuxt, add these lines to nuxt.config instead.",
            ),
            _nuxt(source, data),
            "To use <rag-widget> in a template, tell the compiler that it is an element of the "
            'browser’s: isCustomElement: (tag) => tag === "rag-widget".',
        ),
        Guide(
            "Turbo",
            (
                "Paste the line into the <head> of your layout, so that it runs once and not "
                "again on every visit.",
                "That is all: the chat stands beside the body that Turbo swaps, and the "
                "conversation goes on.",
            ),
            line,
            "The same holds for other libraries that swap pages, such as htmx with hx-boost.",
        ),
    ]


def _react(source: str, data: dict[str, str]) -> str:
    return f"""import {{ useEffect }} from "react";

export function Chat() {{
  useEffect(() => {{
    const script = document.createElement("script");
    script.src = {_quoted(source)};
    Object.assign(script.dataset, {_object(data)});
    document.head.append(script);
    return () => {{
      script.remove();
      document.querySelector("rag-widget")?.remove();
    }};
  }}, []);
  return null;
}}"""


def _nuxt(source: str, data: dict[str, str]) -> str:
    said = _object({f"data-{name}": value for name, value in data.items()})
    return f"""export default defineNuxtConfig({{
  app: {{
    head: {{
      script: [{{ src: {_quoted(source)}, ...{said}, async: true, tagPosition: "bodyClose" }}],
    }},
  }},
}});"""


def _object(pairs: dict[str, str]) -> str:
    """Spell pairs as JavaScript.

    >>> _object({"chatbot": "0197", "data-icon": "👋"})
    '{ chatbot: "0197", "data-icon": "👋" }'
    """
    spelled = (
        f"{name if name.isalnum() else _quoted(name)}: {_quoted(value)}"
        for name, value in pairs.items()
    )
    return f"{{ {', '.join(spelled)} }}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

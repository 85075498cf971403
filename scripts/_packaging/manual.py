"""The manual as pages that a browser shows without a network: docs/manual/*.md and what they link to, as HTML."""

import re
from pathlib import PurePosixPath

from markdown_it import MarkdownIt

STYLE = """
body { max-width: 46rem; margin: 3rem auto; padding: 0 1.5rem; font: 1.05rem/1.65 system-ui, sans-serif;
       color: #1a2130; background: #f7f4ec; }
h1, h2 { line-height: 1.25; margin-top: 2.2rem; } a { color: #0a6cb4; } img { max-width: 100%; border-radius: 6px; }
code { background: #e9e4d8; padding: 0 .25em; border-radius: 3px; } pre { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; } td, th { border: 1px solid #d8d2c4; padding: .35em .6em;
text-align: left; vertical-align: top; }
"""


def pages(docs):
    """{path under docs/: bytes} of texts and pictures -> {name in the zip: bytes}, all in one folder."""
    made = {}
    for name, data in docs.items():
        path = PurePosixPath(name)
        text = path.suffix == ".md"
        made[f"manual/{path.with_suffix('.html').name if text else path.name}"] = page(data.decode()) if text else data
    return made


def page(text):
    """Markdown -> an HTML page. Its second headings are anchors, alike in every language: #part-1, #part-2 …"""
    text = re.sub(r"\]\(#[^)]*\)", "](#)", text)  # anchors that a host of repositories makes of headings
    body = MarkdownIt("commonmark").enable("table").render(text)
    body = re.sub(r'href="(?:\.\./)?([\w-]+)\.md', r'href="\1.html', body)
    for number in range(1, body.count("<h2>") + 1):
        body = body.replace("<h2>", f'<h2 id="part-{number}">', 1)
    title = re.search(r"^# (.*)$", text, re.MULTILINE)[1]
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>\n".encode()

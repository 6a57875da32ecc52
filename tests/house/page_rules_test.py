"""The page client must see every fault that it promises to see."""

import html5lib.html5parser
import pytest

from tests.html import Page
from tests.page_rules import RULES, problems

GOOD = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>错误：登录 · 熟客</title>
<link rel="stylesheet" href="/static/a.css"><script src="/static/a.js" defer></script></head>
<body><main><h1>登录</h1>
<form method="post" action="/login">
<input type="hidden" name="csrf_token" value="abc">
<label for="login">用户名</label><input id="login" name="login" aria-describedby="hint">
<p id="hint">小写字母</p>
<label>密码 <input type="password" name="password"></label>
<select name="role" aria-label="角色"><option value="a">店长</option></select>
<button class="btn">登录</button>
</form><a href="/help">帮助</a><img src="/static/a.svg" alt=""></main></body></html>"""

FAULTS = [
    ("language", 'lang="zh-CN"', 'lang="fr"'),
    ("one_h1", "<h1>登录</h1>", "<h1>登录</h1><h1>登录</h1>"),
    ("one_h1", "<h1>登录</h1>", ""),
    ("one_main", "<main>", "<main></main><main>"),
    ("title", "登录 · 熟客", "登入 · 熟客"),
    ("title", " · 熟客", ""),
    ("unique_ids", 'id="hint"', 'id="login"'),
    ("known_references", 'aria-describedby="hint"', 'aria-describedby="gone"'),
    ("known_references", 'for="login"', 'for="gone"'),
    ("labelled_controls", '<label for="login">用户名</label>', ""),
    ("labelled_controls", "<label>密码 ", "<label>密码</label><label>"),
    ("labelled_controls", ' aria-label="角色"', ""),
    ("named_buttons", '<button class="btn">登录</button>', '<button class="btn"></button>'),
    ("named_buttons", ">帮助</a>", "></a>"),
    ("safe_forms", ' action="/login"', ""),
    ("safe_forms", 'value="abc"', 'value=""'),
    ("safe_forms", '<input type="hidden" name="csrf_token" value="abc">', ""),
    ("no_inline_code", "<h1>", '<h1 style="color:red">'),
    ("no_inline_code", "<h1>", '<h1 onclick="go()">'),
    ("no_inline_code", "</head>", "<style>h1{}</style></head>"),
    ("no_inline_code", "</head>", "<script>go()</script></head>"),
    ("own_hosts_only", 'src="/static/a.js"', 'src="https://cdn.example/a.js"'),
    ("own_hosts_only", 'href="/static/a.css"', 'href="//cdn.example/a.css"'),
    ("no_leaks", "小写字母", "⟦accounts.hint⟧"),
    ("no_leaks", "小写字母", "{{ hint }}"),
    ("no_leaks", "小写字母", "最近：None"),
    ("no_leaks", 'alt=""', 'alt="None"'),
    ("alternative_texts", ' alt=""', ""),
    ("tap_targets", ' class="btn"', ""),
]


def test_good_page_has_no_problems():
    assert problems(Page(GOOD)) == []


@pytest.mark.parametrize(("rule", "good", "bad"), FAULTS)
def test_fault_is_found_by_its_rule(rule, good, bad):
    assert good in GOOD
    found = problems(Page(GOOD.replace(good, bad, 1)))
    assert rule in {problem.split(":")[0] for problem in found}


def test_every_rule_is_tried():
    assert {rule.__name__ for rule in RULES} == {rule for rule, _good, _bad in FAULTS}


def test_rule_named_in_skip_is_left_out():
    page = Page(GOOD.replace(' class="btn"', ""))
    assert problems(page, skip=frozenset({"tap_targets"})) == []


@pytest.mark.parametrize(
    "slip",
    [
        GOOD.replace("</form>", ""),
        GOOD.replace("<p id", "<p><div></p id"),
        GOOD.replace("<!doctype html>", ""),
        GOOD.replace('<a href="/help">', '<a href="/help" href="/help">'),
    ],
)
def test_invalid_html_is_refused(slip):
    with pytest.raises(html5lib.html5parser.ParseError):
        Page(slip)


def test_fields_are_what_a_browser_would_send():
    page = Page(GOOD)
    form = page.form_of("登录")
    assert page.fields(form) == {"csrf_token": "abc", "login": "", "password": "", "role": "a"}


def test_text_leaves_out_scripts_and_collapses_space():
    page = Page(GOOD.replace("小写字母", "小写\n  字母<script src='/a'>x</script>"))
    assert "小写 字母" in page.text
    assert "x" not in page.text

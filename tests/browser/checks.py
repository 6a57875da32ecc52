"""What ux.md 6.1 asks of any page, as questions to the browser; each returns the faults."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STOPS = "a[href], button, input:not([type=hidden]), select, textarea, summary"
SIZES = ("", "l", "xl", "34px")


@lru_cache
def _axe() -> str:
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return next(Path(spec.origin).parent.rglob("axe.min.js")).read_text("utf-8")


def axe(page: Page) -> list[str]:
    """U1. Its text is evaluated: the page's policy refuses scripts from outside."""
    page.evaluate(_axe())
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
    )["violations"]
    return [
        f"{fault['id']} ({fault['impact']}): {node['target']} {node['failureSummary']}"
        for fault in found
        for node in fault["nodes"]
    ]


def set_size(page: Page, size: str) -> None:
    """Choose a text size as the server does, or a bigger letter as a reader's own setting does."""
    page.evaluate(
        """size => {
            const root = document.documentElement;
            root.style.fontSize = size.endsWith('px') ? size : '';
            root.dataset.size = size.endsWith('px') ? '' : size;
        }""",
        size,
    )


def overflow(page: Page, width: int, size: str) -> list[str]:
    """U2: nothing reaches past the sides."""
    page.set_viewport_size({"width": width, "height": 600})
    set_size(page, size)
    found = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            const out = [];
            if (document.documentElement.scrollWidth > width) out.push('the page scrolls sideways');
            for (const node of document.querySelectorAll('body *')) {
                const box = node.getBoundingClientRect();
                if (box.width < 2 || box.height < 2 || node.closest('.vh, .skip, svg')) continue;
                if (box.right > width + 1 || box.left < -1)
                    out.push(node.tagName + '.' + node.className + ' ends at ' + box.right);
            }
            return out.slice(0, 5);
        }"""
    )
    return [f"{width} px, size {size or 'standard'}: {text}" for text in found]


def small_targets(page: Page) -> list[str]:
    """U3. Links inside a sentence are exempt, as in WCAG 2.5.8."""
    return page.evaluate(
        """stops => [...document.querySelectorAll(stops)].filter(node => {
            const label = node.closest('label');
            const box = (label || node).getBoundingClientRect();
            const inline = getComputedStyle(node).display === 'inline' && node.tagName === 'A';
            if (!node.offsetParent && getComputedStyle(node).position !== 'fixed') return false;
            if (inline || node.closest('.skip') || box.width < 2) return false;
            return box.width < 44 || box.height < 44;
        }).map(node => {
            const box = node.getBoundingClientRect();
            const name = (node.textContent || node.name || '').trim().slice(0, 20);
            return `${node.tagName} ${name}: ${Math.round(box.width)}x${Math.round(box.height)}`;
        })""",
        STOPS,
    )


def above_fold(page: Page, selector: str, height: int = 600) -> list[str]:
    """U4: the first match ends above the fold and nothing lies over it."""
    fault = page.evaluate(
        """([selector, height]) => {
            const node = document.querySelector(selector);
            if (!node) return 'is not there';
            const box = node.getBoundingClientRect();
            if (box.bottom > height) return `ends at ${Math.round(box.bottom)} px`;
            const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
            const hit = document.elementFromPoint(x, y);
            return hit && (node.contains(hit) || hit.contains(node)) ? '' : 'lies under something';
        }""",
        [selector, height],
    )
    return [f"{selector} {fault}"] if fault else []


def focus_faults(page: Page, most: int = 80) -> list[str]:
    """U17: Tab through the page; each stop shows a ring and is not wholly under a fixed bar."""
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    faults: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
                const node = document.activeElement;
                if (!node || node === document.body || node.dataset.seenByCheck) return null;
                node.dataset.seenByCheck = '1';
                const near = [node.nextElementSibling, node.firstElementChild];
                const ringed = [node, node.closest('label'), ...near];
                const ring = ringed.some(one => {
                    const style = one && getComputedStyle(one);
                    const shown = style && style.outlineStyle !== 'none';
                    return shown && parseFloat(style.outlineWidth) >= 2;
                });
                const box = node.getBoundingClientRect();
                const points = [0.1, 0.5, 0.9].flatMap(x => [0.1, 0.5, 0.9].map(y => [x, y]));
                const free = points.some(([x, y]) => {
                    const [left, top] = [box.left + box.width * x, box.top + box.height * y];
                    const hit = document.elementFromPoint(left, top);
                    return hit && (node.contains(hit) || hit.contains(node));
                });
                const words = (node.textContent || node.name).trim().slice(0, 20);
                return {name: `${node.tagName} ${words}`, ring, free};
            }"""
        )
        if stop is None:
            return faults
        if not stop["ring"]:
            faults.append(f"{stop['name']} shows no focus ring")
        if not stop["free"]:
            faults.append(f"{stop['name']} is hidden while it has the focus")
    return faults


def zoom_blocked(page: Page) -> list[str]:
    """U23."""
    content = page.locator('meta[name="viewport"]').get_attribute("content") or ""
    return [content] if "user-scalable" in content or "maximum-scale" in content else []


def timers(page: Page) -> list[str]:
    """U21: every countdown says in words what it means and stays silent for screen readers."""
    faults = []
    for timer in page.locator("[data-due], .timer").all():
        text = timer.inner_text()
        words = ("剩", "已超时", "已暂停", "起算", "left", "overdue", "paused", "starts")
        if not any(word in text for word in words):
            faults.append(f"{text!r} has no words")
        if timer.get_attribute("role") != "timer" or timer.get_attribute("aria-live") not in (
            None,
            "off",
        ):
            faults.append(f"{text!r} has not the role of a silent timer")
    return faults


def whole_numbers(text: str) -> list[str]:
    """U19: runs of eleven digits that look like a phone number."""
    import re

    return re.findall(r"(?<!\d)1\d{10}(?!\d)", text)

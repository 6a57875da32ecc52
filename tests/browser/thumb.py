"""One thumb on a slow phone: its taps are counted, its time is modelled, the machine's is measured.

A person's time is a keystroke-level model (Card, Moran and Newell, "The keystroke-level model for
user performance time with interactive systems", Communications of the ACM 23 (7), 1980): 1.35 s to
decide, before every tap but the one that saves. A tap or a flick takes the 1.2 s of ux.md 1.1. A
Chinese character takes 0.93 s: 43 words of 1.5 characters a minute, measured by Ruan, Wobbrock,
Liou, Ng and Landay, "Comparing Speech and Keyboard Text Entry for Short Messages in Two Languages
on Touchscreen Phones", Proc. ACM IMWUT 1 (4), 2017. The machine's time is what each page that
was waited for measured itself, up to the mark of U18.

The keyboard on the screen takes its part of it, as on Android. It does not watch people.
"""

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

from tests.browser.visits import PHONE

DECISION, TAP, CHARACTER = 1.35, 1.2, 60 / (43 * 1.5)
KEYBOARD = 260
READY = "performance.getEntriesByName('shuke-ready')[0].startTime"
SEEN = """node => {
    const face = node.closest('label') || node;
    const box = face.getBoundingClientRect();
    const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return Boolean(hit) && (face.contains(hit) || hit.contains(face));
}"""


@dataclass
class Thumb:
    """What was done with one hand since the page was opened."""

    page: Page
    taps: int = 0
    flicks: int = 0
    decisions: int = 0
    characters: int = 0
    waited: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it took: the person and the machine."""
        by_hand = TAP * (self.taps + self.flicks) + DECISION * self.decisions
        return by_hand + CHARACTER * self.characters + sum(self.waited)

    def tap(self, target: Locator) -> None:
        """Tap what takes a decision and opens nothing."""
        self.decisions += 1
        self._press(target)

    def write(self, target: Locator, text: str) -> None:
        """Tap into a field and type; from then on the keyboard is there."""
        self.tap(target)
        self.page.set_viewport_size({**PHONE, "height": PHONE["height"] - KEYBOARD})
        target.press_sequentially(text)
        self.characters += len(text)

    def open(self, target: Locator) -> None:
        """Tap what leads on, and wait until that page can be used."""
        self.decisions += 1
        self.save(target)

    def save(self, target: Locator) -> None:
        """Tap what ends the work; nothing is left to decide."""
        with self.page.expect_navigation(wait_until="commit"):
            self._press(target)
        self.page.wait_for_selector("html[data-ready='1']")
        self.waited.append(self.page.evaluate(READY) / 1000)
        self.page.set_viewport_size(PHONE)

    def _press(self, target: Locator) -> None:
        if not target.evaluate(SEEN):
            self.flicks += 1
        target.tap()
        self.taps += 1

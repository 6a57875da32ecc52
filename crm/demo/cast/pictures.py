"""Photos of goods that nobody took: a teapot or a dress in one colour, on a table, as JPEG."""

from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter

SIDE = 900
GROUNDS = ("#e9e2d6", "#dfe4e0", "#ece7e1")
Draw = ImageDraw.ImageDraw


def picture(shape: str, colour: str, random: Random) -> bytes:
    """Return the photo of a thing: pot or dress, each a little other than the last."""
    image = Image.new("RGB", (SIDE, SIDE), random.choice(GROUNDS))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 640, SIDE, SIDE), fill="#cdbfa9")
    SHAPES[shape](draw, colour, random)
    out = BytesIO()
    image.filter(ImageFilter.GaussianBlur(1.5)).save(out, "JPEG", quality=88)
    return out.getvalue()


def _pot(draw: Draw, colour: str, random: Random) -> None:
    wide, high = random.randint(180, 240), random.randint(130, 190)
    x, y = SIDE // 2, 700 - high
    draw.ellipse((x - wide, 670, x + wide, 740), fill="#b3a48c")
    draw.arc((x + wide - 70, y - 100, x + wide + 120, y + 100), -100, 100, colour, 30)
    draw.line((x - wide + 30, y + 40, x - wide - 90, y - 70), colour, 42)
    draw.ellipse((x - wide, y - high, x + wide, y + high), fill=colour)
    draw.ellipse((x - 110, y - high - 18, x + 110, y - high + 34), fill=colour, outline="#2b211c")
    draw.ellipse((x - 26, y - high - 62, x + 26, y - high - 10), fill=colour, outline="#2b211c")


def _dress(draw: Draw, colour: str, random: Random) -> None:
    waist, hem = random.randint(85, 110), random.randint(190, 250)
    x = SIDE // 2
    draw.line((x, 90, x, 180), "#7a7a78", 10)
    draw.polygon([(x - 120, 180), (x + 120, 180), (x + waist, 420), (x - waist, 420)], fill=colour)
    draw.polygon([(x - waist, 420), (x + waist, 420), (x + hem, 800), (x - hem, 800)], fill=colour)
    draw.polygon([(x - 120, 180), (x - 195, 310), (x - 130, 340), (x - 95, 250)], fill=colour)
    draw.polygon([(x + 120, 180), (x + 195, 310), (x + 130, 340), (x + 95, 250)], fill=colour)
    for _ in range(60):
        at, down = random.randint(x - waist, x + waist), random.randint(210, 770)
        draw.ellipse((at, down, at + 12, down + 12), fill="#f6efe4")


SHAPES = {"pot": _pot, "dress": _dress}

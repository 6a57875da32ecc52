"""Photos as phones make them: bytes in, two plain JPEG pictures out, or why not.

What goes out carries pixels only: no place, time or phone of whoever took it. It stores nothing.
"""

import enum
import hashlib
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

BYTES_MAX = 20 * 1024 * 1024
PIXELS_MAX = 64_000_000
"""What the cameras of phones reach; a small file may claim far more and fill the memory."""
PIXELS_MAX_WHOLE = 24_000_000
"""Of a picture that is not JPEG: no other can be read small, so all of it stands in the memory."""
LARGE = (1600, 1600)
SMALL = (320, 320)
_TO_8_BITS = [value // 257 for value in range(65_536)]
"""Of grey with 16 bits: the library itself would make all but the darkest white."""
FORMATS = ("JPEG", "PNG", "WEBP")
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")

Image.MAX_IMAGE_PIXELS = None  # ours is stricter and is asked before a pixel is read
_SRGB = ImageCms.createProfile("sRGB")
_DAMAGED = (
    OSError,  # which also says that a file is cut off
    ValueError,
    SyntaxError,  # so the library calls a broken PNG
    EOFError,
    IndexError,
    TypeError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)


class PhotoProblem(enum.Enum):
    """Why a file is no photo for us."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    HEIC = "heic"
    NO_PHOTO = "no_photo"
    DAMAGED = "damaged"


class UnreadablePhoto(Exception):
    """The file cannot be taken; `problem` says why, `pixels_max` how many pixels are taken."""

    def __init__(self, problem: PhotoProblem, pixels_max: int = PIXELS_MAX) -> None:
        super().__init__(problem)
        self.problem = problem
        self.pixels_max = pixels_max


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo made ready: the large picture, and a square one for lists. Both are JPEG.

    `digest` is that of the file: the same file again is the same photo.
    """

    digest: str
    large: bytes
    small: bytes
    width: int
    height: int


def read(data: bytes) -> Photo:
    """Return the photo in a file, upright and without anything but its pixels. UnreadablePhoto."""
    _refuse_from_outside(data)
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            most = PIXELS_MAX if image.format == "JPEG" else PIXELS_MAX_WHOLE
            if image.width * image.height > most:
                raise UnreadablePhoto(PhotoProblem.TOO_MANY_PIXELS, most)
            return _made(image, hashlib.sha256(data).hexdigest())
    except UnidentifiedImageError as error:
        raise UnreadablePhoto(PhotoProblem.NO_PHOTO) from error
    except _DAMAGED as error:
        raise UnreadablePhoto(PhotoProblem.DAMAGED) from error


def _refuse_from_outside(data: bytes) -> None:
    if not data:
        raise UnreadablePhoto(PhotoProblem.EMPTY)
    if len(data) > BYTES_MAX:
        raise UnreadablePhoto(PhotoProblem.TOO_LARGE)
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        raise UnreadablePhoto(PhotoProblem.HEIC)


def _made(image: Image.Image, digest: str) -> Photo:
    image.thumbnail(LARGE, reducing_gap=2.0)  # a large JPEG is not even read in full
    large = _plain(ImageOps.exif_transpose(image))
    small = ImageOps.fit(large, SMALL)
    return Photo(digest, _jpeg(large, 82), _jpeg(small, 74), large.width, large.height)


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture in the colours that every screen knows, on white where it is clear."""
    profile = image.info.get("icc_profile")
    if image.mode == "I;16":
        image = image.convert("I").point(_TO_8_BITS, "L")
        image.info.pop("transparency", None)  # of 16 bits as well; shown as the grey it is
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    image = image.convert("RGB")
    if profile:
        # A profile of four inks, or a broken one: the plain colours are near enough.
        with suppress(ImageCms.PyCMSError, OSError, TypeError, ValueError):
            image = ImageCms.profileToProfile(image, BytesIO(profile), _SRGB) or image
    return Image.frombytes("RGB", image.size, image.tobytes())  # what hung on it stays behind


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()

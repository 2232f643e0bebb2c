"""PDF files as other programs read them: PDFium renders, pypdf extracts."""

import io
from contextlib import closing

import pypdfium2
from PIL import Image
from pypdf import PdfReader

POINTS_PER_INCH = 72


def painted(content: bytes, dots_per_inch: int = 300) -> list[Image.Image]:
    """Return the pages of a PDF as images."""
    with closing(pypdfium2.PdfDocument(content)) as document:
        pages = []
        for number in range(len(document)):
            with closing(document[number]) as page:
                bitmap = page.render(scale=dots_per_inch / POINTS_PER_INCH)
                with closing(bitmap):
                    pages.append(bitmap.to_pil().copy())
        return pages


def reader(content: bytes) -> PdfReader:
    """Return a PDF as pypdf reads it."""
    return PdfReader(io.BytesIO(content))

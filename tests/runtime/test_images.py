from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from n3gen.templates.runtime.models import images
from n3gen.templates.runtime.models.images import read_image
from n3gen.templates.runtime.models.models import ModelImage
from n3gen.templates.runtime.recovery.failures import ModelError

from tests.clock import run

PNG = b"\x89PNG\r\n\x1a\n" + b"rest"


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def fault_of(text: str) -> str:
    with pytest.raises(ModelError) as caught:
        run(read_image(text))
    return str(caught.value)


@pytest.mark.parametrize(
    "address", ["https://example.org/a.png?b=c", "http://[::1]/a", "HTTPS://x"]
)
def test_a_web_address_is_handed_on(address: str) -> None:
    assert run(read_image(address)) == ModelImage(url=address)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"GIF87arest", "image/gif"),
        (b"GIF89arest", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPrest", "image/webp"),
    ],
)
def test_a_file_is_read_and_known_by_its_content(
    tmp_path: Path, content: bytes, media_type: str
) -> None:
    file = tmp_path / "picture.txt"
    file.write_bytes(content)
    image = ModelImage(data=encoded(content), media_type=media_type)
    assert run(read_image(str(file))) == image


@pytest.mark.parametrize(
    "address",
    [
        f"data:image/png;base64,{encoded(PNG)}",
        f"DATA:Image/PNG; charset=x ;BASE64,{encoded(PNG)}",
        f"data:image/png;base64,{encoded(PNG)[:8]}\n {encoded(PNG)[8:]}",
        "data:image/png;base64," + encoded(PNG).replace("=", "%3D"),
        "data:image/png,%89PNG%0D%0A%1A%0Arest",
    ],
)
def test_a_data_address_is_read(address: str) -> None:
    image = ModelImage(data=encoded(PNG), media_type="image/png")
    assert run(read_image(address)) == image


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("data:image/png;base64", "must begin as `data:image/png;base64,` does"),
        ("data:,abc", "must begin as"),
        ("data:text/plain,abc", "must begin as"),
        ("data:image/png;base64,abc", "is not base64"),
        ("data:image/png;base64,a!c=" + "x" * 500, "is not base64"),
    ],
)
def test_a_data_address_that_is_none_is_told(address: str, words: str) -> None:
    fault = fault_of(address)
    assert words in fault
    assert len(fault) < 200


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    fault = fault_of(str(tmp_path / "none.png"))
    assert "none.png' cannot be read: No such file or directory" in fault


@pytest.mark.parametrize("path", ["a\0b.png", "\ud800.png", "", "x" * 5000])
def test_a_path_that_can_be_none_is_told(path: str) -> None:
    assert fault_of(path).startswith("the image '")


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "is not a file" in fault_of(str(tmp_path))
    assert "is not a file" in fault_of(str(pipe))


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"RIFF\0\0\0\0WAVE"])
def test_a_file_of_another_type_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(content)
    assert "a.png' is not a PNG, JPEG, GIF or WebP" in fault_of(str(file))


def test_a_picture_that_is_too_large_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "IMAGE_MEGABYTES", 1)
    largest = PNG.ljust(1024 * 1024)
    file = tmp_path / "a.png"
    file.write_bytes(largest)
    assert run(read_image(str(file))).media_type == "image/png"
    file.write_bytes(largest + b"x")
    assert "larger than 1 MB" in fault_of(str(file))
    address = f"data:image/png;base64,{encoded(largest + b'x')}"
    assert "larger than 1 MB" in fault_of(address)

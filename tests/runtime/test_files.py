"""Files beside a prompt: how they are read, and what each provider is sent."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from n3gen.templates.runtime.models import files
from n3gen.templates.runtime.models.chat_call import ChatCall
from n3gen.templates.runtime.models.file_call import FileCall
from n3gen.templates.runtime.models.files import ModelFile, read_file
from n3gen.templates.runtime.models.images import read_image
from n3gen.templates.runtime.models.models import ChatTurn, ModelImage
from n3gen.templates.runtime.recovery.failures import ModelError

from tests.clock import run
from tests.runtime.model_servers import request_of, user
from tests.runtime.provider_models import provider_model

PDF = b"%PDF-1.7 rest"
PNG = b"\x89PNG\r\n\x1a\nrest"
PDF_TYPE = "application/pdf"


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def fault_of(text: str) -> str:
    with pytest.raises(ModelError) as caught:
        run(read_file(text))
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, PDF_TYPE),
        ("scan", PDF, PDF_TYPE),
        ("notes.csv", b"a,b", "text/csv"),
        ("notes", "gr\u00fc\u00dfe".encode(), "text/plain"),
        ("data", b"\xff\xfe\x00", "application/octet-stream"),
        ("empty", b"", "text/plain"),
    ],
)
def test_a_file_is_of_the_type_that_its_bytes_or_name_tell(
    tmp_path: Path, name: str, content: bytes, media_type: str
) -> None:
    (tmp_path / name).write_bytes(content)
    read = run(read_file(str(tmp_path / name)))
    assert read == ModelFile(data=encoded(content), media_type=media_type, name=name)


def test_addresses_are_left_for_the_provider() -> None:
    assert run(read_file("https://h/a%20b.pdf?x=1")) == ModelFile(
        url="https://h/a%20b.pdf?x=1", media_type=PDF_TYPE, name="a b.pdf"
    )
    assert run(read_file("HTTP://h")) == ModelFile(url="HTTP://h")


def test_a_data_address_has_its_type_and_a_name_by_it() -> None:
    told = run(read_file(f"data:{PDF_TYPE};base64,{encoded(PDF)}"))
    assert told == ModelFile(data=encoded(PDF), media_type=PDF_TYPE, name="file.pdf")
    told = run(read_file("data:text/plain,a%20b"))
    assert told == ModelFile(
        data=encoded(b"a b"), media_type="text/plain", name="file.txt"
    )


def test_what_cannot_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "the file" in fault_of("data:,x")
    assert "is not base64" in fault_of("data:text/plain;base64,?")
    assert "is not a file" in fault_of(str(tmp_path))
    assert "is not a file" in fault_of(str(tmp_path / "pipe"))
    assert "cannot be read: No such file" in fault_of(str(tmp_path / "none.pdf"))
    assert "is not a path of a file" in fault_of("a\0b.pdf")
    monkeypatch.setattr(files, "FILE_MEGABYTES", 1)
    large = PDF.ljust(1024 * 1024)
    (tmp_path / "a.pdf").write_bytes(large)
    assert run(read_file(str(tmp_path / "a.pdf"))).media_type == PDF_TYPE
    (tmp_path / "a.pdf").write_bytes(large + b"x")
    assert "larger than 1 MB" in fault_of(str(tmp_path / "a.pdf"))
    told = fault_of(f"data:{PDF_TYPE};base64,{encoded(large + b'x')}")
    assert "larger than 1 MB" in told


def turns_of(call: ChatCall) -> list[ChatTurn]:
    return run(call.turns())


def test_a_call_has_files_and_pictures_beside_its_prompt_and_in_messages(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    (tmp_path / "a.png").write_bytes(PNG)
    file, picture = str(tmp_path / "a.pdf"), str(tmp_path / "a.png")
    said = {"role": "user", "content": "Before", "files": [file], "images": picture}
    call = FileCall(
        provider_model("openai"),
        "Read",
        messages=[said, {"role": "assistant", "content": "Yes?"}],
        files=file,
        load_image=read_image,
    )
    read = ModelFile(data=encoded(PDF), media_type=PDF_TYPE, name="a.pdf")
    seen = ModelImage(data=encoded(PNG), media_type="image/png")
    first, second, third = turns_of(call)
    assert first == ChatTurn("user", "Before", (read, seen))
    assert second == ChatTurn("assistant", "Yes?")
    assert third == ChatTurn("user", "Read", (read,))


def test_files_of_messages_that_a_call_was_not_built_for_are_no_silence() -> None:
    said = {"role": "user", "content": "See", "files": ["a.pdf"]}
    with pytest.raises(ModelError, match="a message has `files`, which a call reads"):
        turns_of(ChatCall(provider_model("openai"), "x", messages=[said]))


FILE = ModelFile(data=encoded(PDF), media_type=PDF_TYPE, name="a.pdf")
TEXT = ModelFile(data=encoded(b"words"), media_type="text/csv", name="a.csv")
THERE = ModelFile(url="https://h/a.pdf", media_type=PDF_TYPE, name="a.pdf")
PICTURE = ModelImage(data=encoded(PNG), media_type="image/png")
DATA = f"data:{PDF_TYPE};base64,{encoded(PDF)}"


def sent(api: str, *attached: ModelImage) -> Any:
    request = request_of(user("Read", images=attached))
    return provider_model(api).write(request, stream=False).json


def test_chat_completions_get_files_as_parts() -> None:
    (message,) = sent("openai", FILE, PICTURE)["messages"]
    first, *rest = message["content"]
    assert first == {"type": "file", "file": {"filename": "a.pdf", "file_data": DATA}}
    assert [part["type"] for part in rest] == ["text", "image_url"]
    with pytest.raises(ModelError, match="fetch none from an address"):
        sent("openai", THERE)


def test_responses_get_files_as_inputs() -> None:
    (item,) = sent("responses", FILE, THERE, PICTURE)["input"]
    first, second, *rest = item["content"]
    assert first == {"type": "input_file", "filename": "a.pdf", "file_data": DATA}
    assert second == {"type": "input_file", "file_url": "https://h/a.pdf"}
    assert [part["type"] for part in rest] == ["input_text", "input_image"]


def test_anthropic_gets_documents() -> None:
    (message,) = sent("anthropic", FILE, TEXT, THERE, PICTURE)["messages"]
    data = {"type": "base64", "media_type": PDF_TYPE, "data": encoded(PDF)}
    words = {"type": "text", "media_type": "text/plain", "data": "words"}
    there = {"type": "url", "url": "https://h/a.pdf"}
    *documents, picture, text = message["content"]
    assert documents == [
        {"type": "document", "source": data, "title": "a.pdf"},
        {"type": "document", "source": words, "title": "a.csv"},
        {"type": "document", "source": there, "title": "a.pdf"},
    ]
    assert (picture["type"], text) == ("image", {"type": "text", "text": "Read"})


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (
            ModelFile(data="", media_type="application/zip", name="a.zip"),
            "Anthropic takes PDFs and texts: the file 'a.zip' is application/zip",
        ),
        (
            ModelFile(data=encoded(b"\xff"), media_type="text/plain", name="a.txt"),
            "the file 'a.txt' is not UTF-8",
        ),
    ],
)
def test_anthropic_gets_no_file_that_it_would_refuse(
    file: ModelFile, words: str
) -> None:
    with pytest.raises(ModelError, match=words):
        sent("anthropic", file)


def test_gemini_gets_files_as_parts() -> None:
    (turn,) = sent("gemini", FILE, THERE, PICTURE)["contents"]
    inline = {"mimeType": PDF_TYPE, "data": encoded(PDF)}
    assert turn["parts"] == [
        {"inlineData": inline},
        {"fileData": {"fileUri": "https://h/a.pdf", "mimeType": PDF_TYPE}},
        {"inlineData": {"mimeType": "image/png", "data": encoded(PNG)}},
        {"text": "Read"},
    ]

"""Files that mean harm: DOCTYPE, bombs, depth, size. Nothing is expanded, nothing grows with the file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from commerceml_bridge.commerceml.completeness import Completeness, completeness
from commerceml_bridge.commerceml.reader import read_documents
from commerceml_bridge.errors import ForbiddenXml, NotWellFormed, XmlError, XmlIncomplete

ROOT = "КоммерческаяИнформация"
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
BOMBS = {
    "billion laughs": f'<!DOCTYPE {ROOT} [<!ENTITY a0 "ha">{LAUGHS}]><{ROOT}><Документ>&a11;</Документ></{ROOT}>',
    "external entity": f'<!DOCTYPE {ROOT} [<!ENTITY x SYSTEM "file:///etc/passwd">]><{ROOT}><Документ>&x;</Документ></{ROOT}>',
    "external subset": f'<!DOCTYPE {ROOT} SYSTEM "http://127.0.0.1:9/x.dtd"><{ROOT}/>',
    "parameter entity": f'<!DOCTYPE {ROOT} [<!ENTITY % p "x">%p;]><{ROOT}/>',
    "after a comment": f"<!-- <{ROOT}> --><?pi?>\n\n<!DOCTYPE {ROOT}><{ROOT}/>",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_doctype_is_refused_before_anything_is_expanded(bomb: str, encoding: str) -> None:
    declared = "windows-1251" if encoding == "cp1251" else encoding.removesuffix("-sig")
    data = f'<?xml version="1.0" encoding="{declared}"?>{BOMBS[bomb]}'.encode(encoding)
    for chunks in ([data], [data[at : at + 1] for at in range(len(data))]):
        with pytest.raises(ForbiddenXml):
            list(read_documents(chunks))
    assert completeness([data]) is Completeness.MALFORMED


def test_a_false_declaration_cannot_smuggle_a_doctype_past_the_check() -> None:
    data = f'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x><{ROOT}/>'.encode()
    with pytest.raises(NotWellFormed):
        list(read_documents([data]))


def test_depth_without_end_is_an_error_and_not_a_crash() -> None:
    with pytest.raises(XmlError):
        list(read_documents([f"<{ROOT}>".encode() + b"<a>" * 100_000]))


def test_a_prolog_without_end_is_given_up() -> None:
    with pytest.raises(NotWellFormed):
        list(read_documents(iter([b"<!--" + b" " * 40_000, b" " * 40_000, b" " * 40_000])))


@pytest.mark.parametrize("data", [b"", b" ", b"\xef\xbb\xbf", b"<", b"<?xml version", "<Коммерч".encode(), b"<!-"])
def test_what_may_still_become_a_file_is_incomplete(data: bytes) -> None:
    with pytest.raises(XmlIncomplete):
        list(read_documents([data]))


@pytest.mark.parametrize("data", [b"failure\nno", b"PK\x03\x04zip", b"<!ELEMENT a>", b"{}aaa", b"<![CDATA[x]]>"])
def test_what_never_was_xml_is_not_well_formed(data: bytes) -> None:
    with pytest.raises(NotWellFormed):
        list(read_documents([data]))


#  что в файле → что сказано
FAULTS = [
    ("<a>ООО & Ко</a>", "пишется как &amp;"),
    ("<a>&nbsp;</a>", "&nbsp;"),
    ("<a>1 < 2</a>", "пишется как &lt;"),
    ("<a></b>", "закрыт как «b»"),
    ("<!-- не закрыт", "не закрыт"),
    ('<a b="1" b="2"/>', "указан дважды"),
    ("<a>\x01</a>", "недопустимый знак"),
]


@pytest.mark.parametrize(("text", "said"), FAULTS)
def test_a_fault_is_told_in_russian_and_never_taken_for_a_missing_end(text: str, said: str) -> None:
    data = f"<{ROOT}>\n<Документ><Ид>1</Ид></Документ>\n{text}\n</{ROOT}>\r\n".encode()
    assert completeness([data]) is Completeness.MALFORMED
    with pytest.raises(NotWellFormed, match=said):
        list(read_documents([data[at : at + 7] for at in range(0, len(data), 7)]))


_MEMORY = """
import resource, sys
from commerceml_bridge.commerceml.reader import read_documents
from commerceml_bridge.commerceml.summary import summarise
def chunks(unit, count):
    yield "<КоммерческаяИнформация>".encode()
    for _ in range(count): yield unit
    yield "</КоммерческаяИнформация>".encode()
document = ("<Документ><Ид>1</Ид><Комментарий>" + "к" * 2000 + "</Комментарий></Документ>").encode()
group = ("<Неведомое><Группа>" + "<Свойство>x</Свойство>" * 100 + "</Группа></Неведомое>").encode()
nested = ("<Группа><Ид>" + "и" * 500 + "</Ид></Группа>").encode()
def wrapped(count):
    yield "<КоммерческаяИнформация><Каталог><Товары>".encode()
    for _ in range(count): yield nested
    yield "</Товары></Каталог></КоммерческаяИнформация>".encode()
run = {"documents": lambda n: sum(1 for _ in read_documents(chunks(document, n))),
       "unknown": lambda n: sum(1 for _ in read_documents(chunks(group, n))),
       "nested": lambda n: summarise(wrapped(n)).products}[sys.argv[1]]
run(200)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run(8000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("kind", ["documents", "unknown", "nested"])
def test_memory_does_not_grow_with_the_file(kind: str) -> None:
    done = subprocess.run([sys.executable, "-c", _MEMORY, kind], capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) < 4 * 1024, "kilobytes more for a file forty times as long"


def test_documents_are_yielded_while_the_file_is_still_arriving() -> None:
    arrived: list[int] = []

    def chunks() -> Iterator[bytes]:
        yield f"<{ROOT}>".encode()
        for number in range(1, 4):
            arrived.append(number)
            yield f"<Документ><Ид>{number}</Ид></Документ>\n".encode()
        yield f"</{ROOT}>".encode()

    stream = read_documents(chunks())
    next(stream)
    assert arrived == [1]
    assert len(list(stream)) == 2

"""Goods on their way to the site: the catalogue exchange of each family (facts: 1c-clients §5).

УТ 10.3 posts everything in one cycle, УТ 11 and УНФ go through a whole cycle with every portion, the Bitrix module
sends packages of fragments and ends a full export with ``deactivate`` and ``complete``. ``failure`` ends the exchange.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from commerceml_bridge.simulators.onec import answers, errors, uploading
from commerceml_bridge.simulators.onec.core import Core
from commerceml_bridge.simulators.onec.model import new_guid
from commerceml_bridge.simulators.onec.phase import Phase

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Goods:
    """An item of the base as its catalogue has it; ``traits`` are (GUID, name) of its characteristics."""

    guid: str
    name: str
    article: str = ""
    deleted: bool = False
    service: bool = False
    traits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CatalogHabits:
    """How a family sends its catalogue.

    ``items`` and ``offers`` are file names with ``{n}`` for the portion (from 1) and ``{guid}`` for the package;
    ``fragments``: prices and rests are files of their own; ``cycle``: every file has a checkauth of its own;
    ``version`` goes into init; ``schema`` is printed; ``ends``: a full export ends with ``deactivate``, ``complete``.
    """

    items: str
    offers: str
    schema: str
    fragments: tuple[str, ...] = ()
    cycle: bool = True
    version: str = ""
    ends: bool = False


HABITS = {
    "ut10": CatalogHabits("import.xml", "offers.xml", "2.04", cycle=False),
    "ut11": CatalogHabits("import0_{n}.xml", "offers0_{n}.xml", "2.07"),
    "unf": CatalogHabits("import0_{n}.xml", "offers0_{n}.xml", "2.08"),
    "unf16": CatalogHabits("import0_{n}.xml", "offers0_{n}.xml", "2.08"),
    "bitrix": CatalogHabits(
        "import___{guid}.xml", "offers___{guid}.xml", "3.1", ("prices", "rests"), version="3.1", ends=True
    ),
}
"""By family; БП has no catalogue."""


@dataclass
class CatalogReport:
    """What went over the wire: file names, (mode, answer), what ``deactivate`` was told."""

    files: list[str] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)


class Cataloguing(Core):
    """1C → site, goods."""

    def upload_catalog(
        self, goods: Sequence[Goods], *, full: bool = True, portion: int = 0, catalog_guid: str = "c1"
    ) -> CatalogReport:
        """Send the catalogue, ``portion`` items to a file (0: all). Raises OneCError as the family words it."""
        habits = HABITS[self.family]
        step = portion or max(len(goods), 1)
        packages = [goods[start : start + step] for start in range(0, max(len(goods), 1), step)]
        files = [
            file
            for number, package in enumerate(packages, start=1)
            for file in _files(habits, package, number, full=full, catalog_guid=catalog_guid)
        ]
        if self.family == "unf":
            files.sort(key=lambda file: not file.name.startswith("import"))
        report, first_login = CatalogReport(), ""
        for cycle in [[file] for file in files] if habits.cycle else [files]:
            with self.open_phase() as opened:
                self._send_cycle(opened, cycle, habits, report)
                first_login = first_login or (opened.login.line5 if opened.login else "")
        if full and habits.ends:
            with self.open_phase() as opened:
                opened.log_in("catalog")
                self._say(opened, "deactivate", f"&{first_login}", report)
                self._say(opened, "complete", "", report)
        return report

    def _send_cycle(
        self, opened: Phase, files: Sequence[uploading.OutFile], habits: CatalogHabits, report: CatalogReport
    ) -> None:
        opened.log_in("catalog")
        version = f"&version={habits.version}" if habits.version else ""
        parameters = answers.parameters_of(opened.get(f"type=catalog&mode=init{version}{opened.token}"))
        for file in files:
            report.files.append(file.name)
            for part in uploading.parts(file.content, parameters.file_limit):
                self._post(opened, file.name, part, report)
        for file in files:
            self._say(opened, "import", f"&filename={file.name}", report)

    def _post(self, opened: Phase, name: str, part: bytes, report: CatalogReport) -> None:
        text = opened.post(f"type=catalog&mode=file&filename={name}{opened.token}", part)
        report.answers.append(("file", text))
        if answers.status_of(text) != "success":
            raise opened.failure(errors.FILE_FAILED, detail=text.strip())

    def _say(self, opened: Phase, mode: str, more: str, report: CatalogReport) -> None:
        for _ in range(self.run.poll_limit):
            text = opened.get(f"type=catalog&mode={mode}{more}{opened.token}")
            report.answers.append((mode, text))
            if answers.status_of(text) == "success":
                return
            if answers.status_of(text) != "progress":
                raise opened.failure(errors.IMPORT_FAILED, detail=text.strip())


def _files(
    habits: CatalogHabits, goods: Sequence[Goods], number: int, *, full: bool, catalog_guid: str
) -> Iterator[uploading.OutFile]:
    guid = new_guid()
    third = habits.schema.startswith("3")
    said = f' СодержитТолькоИзменения="{"false" if full else "true"}"'
    items = "".join(_item(one, third) for one in goods)
    owner = "" if third else "<Владелец><Ид>o1</Ид><Наименование>Мы</Наименование></Владелец>"
    catalog = (
        f"<Каталог{said}><Ид>{catalog_guid}</Ид><ИдКлассификатора>{catalog_guid}</ИдКлассификатора>"
        f"<Наименование>Основной каталог</Наименование>{owner}<Товары>{items}</Товары></Каталог>"
    )
    classifier = f"<Классификатор><Ид>{catalog_guid}</Ид><Наименование>Классификатор</Наименование></Классификатор>"
    body = catalog + classifier if third else classifier + catalog
    yield _file(habits, habits.items.format(n=number, guid=guid), body)
    kinds = {habits.offers: "".join(_offers(one, named=True) for one in goods)}
    for fragment in habits.fragments:
        kinds[fragment + "___{guid}.xml"] = "".join(_offers(one, named=False) for one in goods)
    for name, offers in kinds.items():
        package = (
            f"<ПакетПредложений{said}><Ид>{catalog_guid}#</Ид><Наименование>Пакет</Наименование>"
            f"<ИдКаталога>{catalog_guid}</ИдКаталога><Предложения>{offers}</Предложения></ПакетПредложений>"
        )
        yield _file(habits, name.format(n=number, guid=guid), package)


def _file(habits: CatalogHabits, name: str, body: str) -> uploading.OutFile:
    space = {"2.0": "urn:1C.ru:commerceml_2", "3.1": "urn:1C.ru:commerceml_3"}[habits.schema[:3]]
    root = f'<КоммерческаяИнформация xmlns="{space}" ВерсияСхемы="{habits.schema}">{body}</КоммерческаяИнформация>'
    return uploading.OutFile(name, b"\xef\xbb\xbf" + (_HEAD + root).encode())


def _item(one: Goods, third: bool) -> str:
    unit = "<БазоваяЕдиница>796 </БазоваяЕдиница>"
    if not third:
        unit = '<БазоваяЕдиница Код="796 " НаименованиеПолное="Штука" МеждународноеСокращение="PCE">шт</БазоваяЕдиница>'
    status = ' Статус="Удален"' if one.deleted and not third else ""
    mark = f"<ПометкаУдаления>{'true' if one.deleted else 'false'}</ПометкаУдаления>" if third else ""
    kind = "Услуга" if one.service else "Товар"
    return (
        f"<Товар{status}><Ид>{one.guid}</Ид>{mark}<Артикул>{escape(one.article)}</Артикул>"
        f"<Наименование>{escape(one.name)}</Наименование>{unit}"
        "<СтавкиНалогов><СтавкаНалога><Наименование>НДС</Наименование><Ставка>20</Ставка></СтавкаНалога></СтавкиНалогов>"
        "<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>ТипНоменклатуры</Наименование>"
        f"<Значение>{kind}</Значение></ЗначениеРеквизита></ЗначенияРеквизитов></Товар>"
    )


def _offers(one: Goods, *, named: bool) -> str:
    price = "<Цены><Цена><ИдТипаЦены>p1</ИдТипаЦены><ЦенаЗаЕдиницу>100</ЦенаЗаЕдиницу></Цена></Цены>"
    found = [(f"{one.guid}#{guid}", f"{one.name} ({name})") for guid, name in one.traits] or [(one.guid, one.name)]
    return "".join(
        f"<Предложение><Ид>{own_id}</Ид>"
        + (f"<Наименование>{escape(name)}</Наименование>" if named else "")
        + f"{price}<Количество>1</Количество></Предложение>"
        for own_id, name in found
    )

"""The upload phase: changed orders as files, one portion after another (facts: 1c-clients §1.4, §2.2, §2.3, §4).

The skeleton is here; file names, contents and the import step are the families' own.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from commerceml_bridge.simulators.onec import answers, errors, uploading
from commerceml_bridge.simulators.onec.answers import Parameters
from commerceml_bridge.simulators.onec.core import Core
from commerceml_bridge.simulators.onec.errors import OneCError
from commerceml_bridge.simulators.onec.model import Order, new_guid
from commerceml_bridge.simulators.onec.phase import Phase
from commerceml_bridge.simulators.onec.reports import UploadReport
from commerceml_bridge.simulators.onec.uploading import OutFile

FileHook = Callable[[str], object]


class Sending(Core):
    """1C → site."""

    sends_empty_file: bool = False
    """УТ 11: a file without documents goes out if every changed order was just reloaded (addendum 3)."""
    init_lines: tuple[int, int] = (2, 2)
    """Fewest and most lines the answer to init may have."""

    def upload(self, full: bool = False, *, after_file: FileHook | None = None) -> UploadReport:
        """The upload phase: changed orders, or all of the site's with ``full``; nothing is sent if there are none.

        ``after_file`` is called with the file name after its last POST was answered. Raises OneCError with the
        unfinished report; orders not confirmed stay registered.
        """
        report = UploadReport()
        chosen = self.base.documents if full else self.registration.orders()
        orders = [order for order in chosen if self.sends(order)]
        portions = uploading.portions(orders, self.run.portion_size)
        if not portions and self.sends_empty_file and self.suppressed:
            portions = [[]]
        self.suppressed = []
        run_guid = new_guid()
        for index, portion in enumerate(portions):
            self._send_with_retries(self.write_files(portion, run_guid, index), report, after_file)
            report.documents += len(portion)
            self.registration.remove(portion)
        return report

    def sends(self, order: Order) -> bool:
        """Whether the order belongs into an upload: only the site's own ones."""
        return bool(order.number)

    @abstractmethod
    def write_files(self, orders: list[Order], run_guid: str, index: int) -> list[OutFile]:
        """The files of portion ``index`` (from 0)."""

    def init_upload(self, opened: Phase) -> Parameters:
        """``mode=init`` of the upload; raises OneCError unless the number of lines suits the family."""
        text = opened.get(self.upload_query("init", opened))
        fewest, most = self.init_lines
        if not fewest <= len(answers.lines_of(text)) <= most:
            raise opened.failure(errors.NO_PARAMETERS, detail=repr(text[:200]))
        return answers.parameters_of(text)

    def import_files(self, opened: Phase, files: list[OutFile], report: UploadReport) -> None:
        """``mode=import`` where the family calls it."""

    def upload_query(self, mode: str, opened: Phase, more: str = "") -> str:
        """Parameters of an upload request in the family's order."""
        return self.query(mode, opened, more)

    def _send_with_retries(self, files: list[OutFile], report: UploadReport, after_file: FileHook | None) -> None:
        for attempt in range(self.run.repeat + 1):
            try:
                self._send_portion(files, report, after_file)
            except OneCError as error:
                error.report = report
                if attempt == self.run.repeat:
                    raise
            else:
                return

    def _send_portion(self, files: list[OutFile], report: UploadReport, after_file: FileHook | None) -> None:
        with self.open_phase() as opened:
            self.log_in(opened)
            parameters = self.init_upload(opened)
            if not parameters.readable:
                report.messages.append("Не удалось прочитать file_limit: файл не делится")
            for file in files:
                name = self._post_file(opened, file, parameters, report)
                if after_file is not None:
                    after_file(name)
            self.import_files(opened, files, report)

    def _post_file(self, opened: Phase, file: OutFile, parameters: Parameters, report: UploadReport) -> str:
        """POST a file, in parts under one name if the site limits them; returns the name; raises OneCError."""
        name, data = file.packed() if parameters.zip else (file.name, file.content)
        report.files.append(name)
        report.bodies[file.name] = file.content
        for part in uploading.parts(data, parameters.file_limit):
            text = opened.post(self.upload_query("file", opened, f"&filename={name}"), part)
            report.answers.append(("file", text))
            status = answers.status_of(text)
            if status != "success":
                shown = f"{errors.FILE_FAILED}\n{text.strip()}" if status == "failure" else errors.FILE_UNKNOWN
                raise opened.failure(shown, detail=repr(text[:200]))
            report.messages.extend(line for line in answers.lines_of(text)[1:] if line.strip())
        return name

    def poll_import(self, opened: Phase, name: str, report: UploadReport, pause: float | None = None) -> None:
        """Call ``mode=import`` until it is not ``progress``; raises OneCError.

        ``pause`` in seconds between calls; the guard ``poll_limit`` ends what 1C would repeat for ever.
        """
        for _ in range(self.run.poll_limit):
            if self.import_once(opened, name, report) != "progress":
                return
            if pause is not None:
                self.run.sleep(pause)
        raise OneCError(errors.ENDLESS, f"import {name}: progress")

    def import_once(self, opened: Phase, name: str, report: UploadReport) -> str:
        """One ``mode=import``: ``success`` or ``progress``; raises OneCError for anything else."""
        text = opened.get(self.upload_query("import", opened, f"&filename={name}"))
        report.answers.append(("import", text))
        status = answers.status_of(text)
        if status == "failure":
            raise opened.failure(f"{errors.IMPORT_FAILED}\n{text.strip()}")
        if status not in ("success", "progress"):
            raise opened.failure(errors.IMPORT_UNKNOWN, detail=repr(text[:200]))
        return status

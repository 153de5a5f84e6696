"""A whole 1C client: loading and sending in one run (facts: 1c-clients §1.4).

It must not name a family, nor import anything of the product.
"""

from __future__ import annotations

from commerceml_bridge.simulators.onec.catalogue import Cataloguing
from commerceml_bridge.simulators.onec.errors import OneCError
from commerceml_bridge.simulators.onec.loading import Loading
from commerceml_bridge.simulators.onec.reports import ExchangeReport, LoadReport, UploadReport
from commerceml_bridge.simulators.onec.sending import Sending


class OneCClient(Loading, Sending, Cataloguing):
    """A 1C client connected to one site address, working in one accounting base."""

    uploads_after_failed_load: bool = False

    def exchange(self, full: bool = False) -> ExchangeReport:
        """Load and upload in one run. Raises the load's OneCError after the upload, if the family uploads at all then;
        the error's ``report`` is the whole ExchangeReport."""
        error: OneCError | None = None
        try:
            loaded = self.load()
        except OneCError as failed:
            error = failed
            loaded = failed.report if isinstance(failed.report, LoadReport) else LoadReport()
        report = ExchangeReport(loaded, UploadReport(), error)
        if error is None or self.uploads_after_failed_load:
            report.upload = self.upload(full)
        if error is not None:
            error.report = report
            raise error
        return report

"""The worker: looks at Bitrix24 in turn, delivers what is due, tidies up. Any number may run; jobs are claimed."""

from commerceml_bridge.worker.loop import Worker

__all__ = ["Worker"]

"""Every must-have of the portal simulator (facts: bitrix24-rest §10) has a test that plays it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BOXES: dict[str, tuple[str, ...]] = {
    "case-insensitive methods with optional `.json`": (
        "test_method_names_are_case_insensitive_with_an_optional_suffix",
    ),
    "JSON and form bodies, GET": ("test_get_form_and_json_mean_the_same",),
    "404 (`ERROR_METHOD_NOT_FOUND`) before auth": ("test_an_unknown_method_is_404_before_authorisation",),
    "page arithmetic `int(start/50)`": ("test_pages_begin_at_multiples_of_fifty",),
    "`start=-1` behaviour per family (fact 10)": (
        "test_start_minus_one_leaves_out_total_and_next",
        "test_start_minus_one_gives_old_lists_a_total_of_zero",
        "test_start_minus_one_gives_the_size_of_the_page_as_total",
        "test_requisite_lists_count_whatever_start_says",
    ),
    "UPPER_SNAKE and camelCase names in filter/order/select": (
        "test_order_takes_upper_snake_and_several_keys",
        "test_filters_know_every_prefix",
        "test_names_turn_into_each_other",
    ),
    "strict filters for `crm.item.*`, lenient dropping for old lists": (
        "test_an_unknown_field_in_filter_or_order_is_refused",
        "test_unknown_filters_and_unreadable_dates_are_dropped_silently",
        "test_old_lists_filter_by_in_and_drop_what_they_do_not_know",
    ),
    "string-typed old API vs typed new API": (
        "test_an_old_invoice_comes_as_strings_with_rows_and_properties",
        "test_a_company_is_strings_and_its_phone_only_comes_when_selected",
    ),
    "PHP array encoding in `batch`": (
        "test_named_commands_answer_by_name_and_empty_parts_are_lists",
        "test_keys_that_count_from_zero_turn_the_parts_into_lists",
        "test_a_batch_of_errors_is_two_lists",
    ),
    "`$result` resolution incl. dangling references": (
        "test_a_whole_reference_takes_the_typed_value_and_an_inner_one_a_scalar",
        "test_a_dangling_reference_resolves_to_the_deepest_container",
    ),
    "more than 50 commands": ("test_commands_beyond_fifty_fail_one_by_one",),
    "silent `stageId` fallback": ("test_an_unknown_stage_is_ignored_and_success_answered",),
    "`=ownerId` arrays": ("test_several_owners_are_asked_for_at_once",),
    "date quirk (time part = offset)": (
        "test_a_date_carries_the_portals_offset_in_its_time_part",
        "test_the_offset_follows_the_portals_zone",
    ),
    "`time` with int start": ("test_the_time_block_has_an_integer_or_a_float_start",),
    '`"error":""`': ("test_a_missing_invoice_has_an_empty_code",),
    "401-vs-403 switch": ("test_a_wrong_webhook_and_a_missing_scope_answer_with_the_chosen_status",),
    "503/429/500/HTML faults, slow answers, dropped connections, 302": (
        "test_an_ordered_error_comes_once_and_then_all_is_well",
        "test_the_operation_limit_tells_when_it_ends",
        "test_html_comes_with_any_status",
        "test_a_slow_answer_is_late",
        "test_a_dropped_connection_before_execution_changes_nothing",
        "test_a_dropped_connection_after_execution_leaves_the_write",
        "test_a_truncated_answer_is_broken_json_or_a_short_body",
        "test_a_renamed_portal_redirects_with_the_whole_path",
    ),
    "events form body": ("test_writes_send_ids_only_to_the_registered_handler",),
    "`updatedTime` moves on write": ("test_updated_time_moves_on_a_write_but_not_when_nothing_changed",),
}


def names_there_are() -> set[str]:
    """Return the names of every test beside this file."""
    files = [
        path.read_text(encoding="utf-8") for path in HERE.glob("test_portal_*.py") if path.name != Path(__file__).name
    ]
    return {name for text in files for name in re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)}


@pytest.mark.parametrize("box", BOXES)
def test_a_box_of_the_checklist_is_played_by_tests(box: str) -> None:
    assert BOXES[box]
    assert set(BOXES[box]) <= names_there_are()


def test_the_boxes_are_those_of_the_facts(shared: Path) -> None:
    facts = (shared / "facts" / "bitrix24-rest.md").read_text(encoding="utf-8")
    assert re.findall(r"^- \[ \] (.+)$", facts, re.MULTILINE) == list(BOXES)

"""Each replacement against the stock piece it stands for."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions import action as actions_module
from rasa.core.actions.action import RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.utils.common import all_subclasses

from engine.livetracker import LiveTracker
from engine.problems import UnknownVersion
from engine.replacements import (
    REPLACEMENTS,
    actioncall,
    actionlookup,
    check_version,
    domains,
    eventtypes,
    forms,
    install_all,
    remove_all,
    validator,
)
from tests.engine.world import ROOT, endpoint_of

ANSWERS = (
    {"events": [], "responses": []},
    {},
    {"events": [{"event": "slot", "name": "x", "value": 1}], "responses": [{"text": "a"}]},
    {"events": [{"event": "slot"}]},
    {"events": [{"event": "no_such_event"}]},
    {"events": {}},
    {"events": [{"event": "slot", "name": "x"}, {"event": "slot", "name": 1, "value": None}]},
    {"events": [{"event": ["slot"]}, "slot"]},
    {"events": [{"event": "action", "name": "a", "timestamp": "late"}, {"event": "followup", "name": "b"}]},
    {"responses": [{"text": None}], "events": [{"event": "bot", "text": 3}, {"event": "restart"}]},
    {"responses": "a"},
    [],
    None,
)


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_path(ROOT / "domain.yml")


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_validator_judges_as_stock_does(answer: Any) -> None:
    action = RemoteAction("action_x", None)

    def judged(check: Any) -> Any:
        try:
            return check(action, answer)
        except ValidationError as error:
            return error.message, list(error.path)

    assert judged(validator.validate_action_result) == judged(validator.stock)


def test_every_action_is_found_and_found_again(domain: Domain) -> None:
    endpoint = endpoint_of(1)
    for name in domain.action_names_or_texts:
        ours = actionlookup.action_for_name_or_text(name, domain, endpoint)
        theirs = actionlookup.stock(name, domain, endpoint)
        assert (type(ours), ours.name()) == (type(theirs), theirs.name())
        assert actionlookup.action_for_name_or_text(name, domain, endpoint) is ours
        assert actionlookup.action_for_name_or_text(name, domain, endpoint_of(2)) is not ours


def test_an_unknown_action_is_refused_as_stock_refuses_it(domain: Domain) -> None:
    with pytest.raises(actions_module.rasa.shared.exceptions.RasaException) as theirs:
        actionlookup.stock("action_nobody_knows", domain, None)
    with pytest.raises(type(theirs.value)):
        actionlookup.action_for_name_or_text("action_nobody_knows", domain, None)


def test_every_event_type_resolves_to_the_same_class() -> None:
    install_all()
    stock = eventtypes.stock.__func__
    names = {event_class.type_name for event_class in all_subclasses(Event)} | {"topic"}
    assert all(eventtypes.resolve_by_type(name) is stock(name) for name in names)
    assert eventtypes.resolve_by_type("nothing", SlotSet) is SlotSet
    with pytest.raises(ValueError, match="Unknown event"):
        eventtypes.resolve_by_type("nothing")
    remove_all()


@pytest.mark.parametrize("make", [Domain.empty, lambda: Domain.from_path(ROOT / "domain.yml")])
def test_an_empty_domain_is_known(make: Any) -> None:
    made = make()
    assert [domains.is_empty(made), domains.is_empty(made)] == [domains.stock(made)] * 2


def test_a_forms_temporary_tracker_is_the_replayed_one(domain: Domain) -> None:
    form, events = (
        FormAction("ticket_form", None),
        [SlotSet("ticket_email", "a@b.cc"), SlotSet("language", "zh")],
    )
    tracker = LiveTracker("c_1", domain.slots)
    tracker.update_with_events([SlotSet("ticket_subject", "x")], domain)
    ours = forms.temporary_tracker(form, tracker, events, domain)
    theirs = forms.stock(form, tracker, events, domain)
    assert list(ours.events) == list(theirs.events)
    assert ours.current_state() | {"latest_event_time": 0} == theirs.current_state() | {
        "latest_event_time": 0
    }
    assert tracker.get_slot("ticket_email") is None


def test_an_action_call_is_stocks_while_the_conversation_is_short(domain: Domain) -> None:
    action, tracker = RemoteAction("action_inform", endpoint_of(1)), LiveTracker("c_1", domain.slots)
    tracker.update_with_events([SlotSet("language", "zh")] * 20, domain)
    assert actioncall.action_call_format(action, tracker, domain) == actioncall.stock(
        action, tracker, domain
    ) | {"domain": {}}


def test_installing_twice_and_removing_leaves_stock_in_place() -> None:
    install_all()
    install_all()
    remove_all()
    assert RemoteAction._validate_action_result is validator.stock
    assert actions_module.action_for_name_or_text is actionlookup.stock
    assert FormAction._temporary_tracker is forms.stock


def test_another_rasa_is_refused_with_the_cure() -> None:
    with pytest.raises(UnknownVersion, match=r"3\.6\.21.*3\.7\.0.*tests/engine"):
        check_version("3.7.0")


def test_every_module_of_the_folder_is_in_the_table() -> None:
    modules = {path.stem for path in (Path(ROOT) / "engine" / "replacements").glob("*.py")} - {"__init__"}
    assert {module.__name__.rpartition(".")[2] for module in REPLACEMENTS} == modules

"""The cache of plans: bounded, and not to be emptied by a flood."""

from graphql import DocumentNode, build_schema, execute, parse

from engine import CompiledExecutor
from engine.code import compile_plan
from engine.executor import PLANS
from engine.plans import MAX_VARIANTS, Bounded, Plans

SCHEMA = "type Query { a: Int, b: Int }"


def _with(*, max_bytes: int = 100_000, compiled_at: int = 2) -> tuple[Plans, list[DocumentNode]]:
    schema = build_schema(SCHEMA)
    schema.extensions[PLANS] = plans = Plans(schema, max_bytes=max_bytes, compiled_at=compiled_at)
    # Operations are known by identity, so documents must live as long as the test.
    return plans, []


def _run(plans: Plans, documents: list[DocumentNode], text: str, **variables: object) -> None:
    document = parse(text)
    documents.append(document)
    execute(plans.schema, document, {"a": 1}, variable_values=variables, executor_class=CompiledExecutor)


def test_a_plan_is_interpreted_first_and_compiled_when_it_comes_again() -> None:
    plans, _ = _with()
    document = parse("{ a }")
    sizes = []
    for _ in range(3):
        execute(plans.schema, document, {"a": 1}, executor_class=CompiledExecutor)
        (plan,) = plans.of(document.definitions[0])
        sizes.append(plan.code_size)
    assert sizes[0] == 0
    assert sizes[1] == sizes[2] > 0
    assert "def complete_0(run, values, targets):" in compile_plan(plan, {})


def test_a_flood_of_documents_stays_within_the_bound_and_does_not_push_out_what_is_in_use() -> None:
    plans, documents = _with(max_bytes=60_000)
    known = parse("{ a b }")
    for _ in range(3):
        execute(plans.schema, known, {"a": 1}, executor_class=CompiledExecutor)
    (plan,) = plans.of(known.definitions[0])
    for number in range(500):
        _run(plans, documents, f"{{ alias{number}: a }}")
        assert plans.bytes <= 60_000
    assert plans.of(known.definitions[0]) == [plan]
    assert len(plans) < 20


def test_combinations_of_conditions_are_planned_up_to_a_bound_and_counted_beyond() -> None:
    plans, _ = _with()
    names = [f"v{number}" for number in range(5)]
    fields = " ".join(f"f{number}: a @include(if: ${name})" for number, name in enumerate(names))
    document = parse(f"query ({' '.join(f'${name}: Boolean!' for name in names)}) {{ {fields} b }}")
    for number in range(32):
        values = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        result = execute(plans.schema, document, {"a": 1}, variable_values=values, executor_class=CompiledExecutor)
        expected = {f"f{place}": 1 for place, name in enumerate(names) if values[name]} | {"b": None}
        assert result.data == expected  # type: ignore[union-attr]  # nothing is awaited
    assert len(plans.of(document.definitions[0])) == MAX_VARIANTS
    assert plans.fallbacks == {"more than 16 combinations of conditions": 16}


def test_what_was_asked_for_twice_outlives_what_was_asked_for_once() -> None:
    kept: Bounded[str] = Bounded(100)
    kept.put("a", "A", 10)
    assert kept.get("a") == "A"
    for number in range(50):
        kept.put(number, "x", 10)
    assert kept.get("a") == "A"
    assert kept.get(0) is None
    assert kept.bytes <= 100


def test_a_value_larger_than_all_is_not_kept() -> None:
    kept: Bounded[str] = Bounded(100)
    kept.put("a", "A", 101)
    assert kept.get("a") is None
    assert (len(kept), kept.bytes) == (0, 0)


def test_a_value_that_would_push_out_many_is_not_kept() -> None:
    kept: Bounded[str] = Bounded(100, greatest=0.25)
    kept.put("a", "A", 25)
    kept.put("b", "B", 26)
    assert (kept.get("a"), kept.get("b"), kept.bytes) == ("A", None, 25)
    kept.put("a", "A", 26)
    assert (kept.get("a"), len(kept), kept.bytes) == (None, 0, 0)


def test_looking_at_a_value_is_not_asking_for_it() -> None:
    kept: Bounded[str] = Bounded(100)
    kept.put("a", "A", 10)
    assert [kept.look("a"), kept.look("b")] == ["A", None]
    for number in range(50):
        kept.put(number, "x", 10)
    assert kept.look("a") is None


def test_a_value_that_grows_makes_room_for_itself() -> None:
    kept: Bounded[str] = Bounded(100)
    kept.put("a", "A", 40)
    kept.get("a")
    kept.put("b", "B", 40)
    kept.put("a", "A", 90)
    assert kept.bytes <= 100
    assert kept.get("a") == "A"

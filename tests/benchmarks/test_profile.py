"""What is read from a flame graph."""

from benchmarks.flame.profile import Function, Part, Spot, hot_spots, read_frames, read_parts, titled


def _box(title: str, samples: str, y: int, x: int, width: int) -> str:
    return (
        f'<g><title>{title} ({samples} samples, 1.00%)</title><rect x="0%" y="{y}" width="1%" height="15" '
        f'fill="rgb(1,2,3)" fg:x="{x}" fg:w="{width}"/><text x="1%" y="3">x</text></g>'
    )


GRAPH = '<text id="title" fill="black">py-spy record --output x.svg</text>' + "".join(
    [
        _box("all", "1,000", 36, 0, 1000),
        _box("run (uvloop/loop.pyx)", "1,000", 52, 0, 1000),
        _box("execute (graphql/execution/executor.py:1)", "600", 68, 0, 600),
        _box("fetch (downstream/client.py)", "400", 68, 600, 400),
        _box("&lt;lambda&gt; (contextlib.py:144)", "100", 84, 100, 100),
        _box("decode (downstream/endpoint.py:9)", "300", 84, 700, 300),
    ]
)
PARTS = [Part("executor", ["graphql/"], ""), Part("downstream", ["downstream/"], ""), Part("loop", ["uvloop/"], "")]


def test_time_is_of_the_function_at_work_and_library_code_counts_for_its_caller() -> None:
    samples, spots = hot_spots(read_frames(GRAPH), PARTS)
    assert samples == 1000
    assert spots == [
        Spot("executor", 0.6, [Function("execute", 0.5), Function("<lambda>", 0.1)]),
        Spot("downstream", 0.4, [Function("decode", 0.3), Function("fetch", 0.1)]),
    ]


def test_the_graph_loses_the_command_line_that_made_it() -> None:
    assert "py-spy record" not in titled(GRAPH, "a < b")
    assert '<text id="title" fill="black">a &lt; b</text>' in titled(GRAPH, "a < b")


def test_every_part_of_the_code_has_words() -> None:
    assert all(part.paths and part.words for part in read_parts())

"""One execution of a plan: resolvers are asked level by level, and their results completed for all parents at once."""

from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from itertools import compress
from types import CoroutineType
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLResolveInfo, default_field_resolver
from graphql.execution import Executor
from graphql.execution.values import get_argument_values
from graphql.pyutils import AwaitableOrValue, Path

from engine.level import Asked, Fields, listed, one_each, share
from engine.objects import as_dicts
from engine.outcome import Failed, Later
from engine.paths import Paths
from engine.plan import Field, Plan, Position, Selection, Way
from engine.settle import Settling, awaited
from engine.trust import Trust
from engine.work import Work, all_of


class Run:
    """One execution.

    Attributes:
        executor: graphql-core's executor: schema, context, variables, and the resolvers' infos.
        trust: What is known of objects by their classes.
        types: Which selection each object of an abstract type was built from, by the object's id.
        instead: What stands in the place of a value that ``is_object`` has refused.
    """

    def __init__(self, executor: Executor[Any], plan: Plan, trust: Trust, *, keeps_objects: bool) -> None:
        self.executor = executor
        self.is_awaitable = executor.is_awaitable
        self.trust = trust
        self.types: dict[int, Selection] = {}
        self.instead: Any = None
        self._plan = plan
        self._is_plain = keeps_objects or not plan.makes_objects
        self._data: dict[str, Any] = {}
        self._is_lost = False
        self._level: dict[Field, Asked] = {}
        self._failed: list[Failed] = []
        self._has_later = False
        self._stage = 0
        self._infos: dict[Field, GraphQLResolveInfo[Any]] = {}
        self._arguments: dict[Field, dict[str, Any]] = {}
        self._work = Work()
        self._errors: list[GraphQLError] = []

    def enqueue(self, field: Field, source: object, target: dict[str, Any]) -> None:
        """Ask a resolver for one more parent of the next level."""
        asked = self._level.get(field)
        if asked is None or asked.shared:
            self.enqueue_all(field, [source], [target])
            self._level[field].shared = False
        else:
            asked.sources.append(source)
            asked.targets.append(target)

    def enqueue_all(self, field: Field, sources: list[Any], targets: list[dict[str, Any]]) -> None:
        """Ask a resolver for more parents of the next level; the lists may be given for several fields."""
        asked = self._level.get(field)
        if asked is None:
            self._level[field] = Asked(sources, targets)
        else:
            self._level[field] = Asked(asked.sources + sources, asked.targets + targets)

    def fail(self, position: Position, error: BaseException) -> Failed:
        """Return what stands in a place that failed."""
        failed = Failed(position, error, self._stage)
        self._failed.append(failed)
        return failed

    def null(self, position: Position) -> Failed | None:
        """Return null, or the failure that it is in this place."""
        if not position.required:
            return None
        return self.fail(position, TypeError(f"Cannot return null for non-nullable field {position.field}."))

    def later(self, position: Position, awaited: Any, work: Coroutine[Any, Any, Any]) -> Later:  # noqa: ANN401  any awaitable
        """Return what stands in a place whose value is awaited by ``work``."""
        self._has_later = True
        self._work.awaited += (work, awaited)
        return Later(position, work)

    def info(self, field: Field) -> GraphQLResolveInfo[Any]:
        """Return what a type's ``is_type_of`` and ``resolve_type`` get; its path has no place in lists."""
        info = self._infos.get(field)
        if info is None:
            path = Path(None, field.key, field.parent.name)
            info = self.executor.build_resolve_info(field.definition, field.nodes, field.parent, path)
            self._infos[field] = info
        return info

    # How it runs.

    def execute(self, *, serially: bool) -> AwaitableOrValue[ExecutionResult]:
        """Execute the plan, at once where no resolver has to be awaited.

        Args:
            serially: Whether each root field is done before the next one begins.
        """
        root = self._plan.root
        self._data = {field.key: root.type.name if field.way is Way.TYPENAME else None for field in root.fields}
        fields = [field for field in root.fields if field.way is not Way.TYPENAME]
        groups = [[field] for field in fields] if serially else [fields]
        for number, group in enumerate(groups):
            try:
                self._begin(group)
            except BaseException:
                self._work.close()
                raise
            if self._work.is_left or self._has_later:
                return self._go_on(groups[number + 1 :])
            if not self._settle():
                break
        return self._result()

    def _begin(self, group: Sequence[Field]) -> None:
        for field in group:
            self.enqueue(field, self.executor.root_value, self._data)
        self._advance()

    async def _go_on(self, groups: Sequence[Sequence[Field]]) -> ExecutionResult:
        try:
            await self._drain()
            for group in groups:
                if not self._settle():
                    break
                self._begin(group)
                await self._drain()
        finally:
            await self._work.stop()
        return self._result()

    async def _drain(self) -> None:
        """Return when nothing is left to be awaited."""
        while self._work.is_left or self._has_later:
            await self._work.drain()
            if self._has_later:
                await self._await_places()

    def _advance(self) -> None:
        """Ask all resolvers of the next level, and go on while they answer at once."""
        while self._level:
            level, self._level = self._level, {}
            sharing: list[tuple[Field, Asked]] = []
            for field, asked in level.items():
                sources, targets = asked.sources, asked.targets
                if field.shared is not None:
                    sharing.append((field, asked))
                elif field.way is Way.BATCH:
                    self._batch([(field, targets)], sources)
                elif field.way is Way.DENIED:
                    error = self.executor.context_value.denial(field.access)
                    self._complete(field, [error] * len(sources), targets)
                elif field.way is Way.READ:
                    self._complete(field, [_read(source, field.attribute) for source in sources], targets)
                else:
                    self._call(field, sources, targets)
            while sharing:
                first = sharing[0]
                together = [one for one in sharing if share(first, one)]
                sharing = [one for one in sharing if one not in together]
                self._batch([(field, asked.targets) for field, asked in together], first[1].sources)

    def _complete(self, field: Field, values: Sequence[Any], targets: Sequence[dict[str, Any]]) -> None:
        field.complete(self, values, targets)

    def _batch(self, fields: Fields, sources: list[Any]) -> None:
        """Ask a resolver once for a field, or for all fields that show something of what it finds."""
        field, _ = fields[0]
        values: Any
        try:
            if field.shared is None:
                values = field.resolver(sources, self.executor.context_value, **self._arguments_of(field))
            else:
                values = field.shared.whole(sources, self.executor.context_value)
        except Exception as error:  # noqa: BLE001  it becomes the error of all parents
            values = [error] * len(sources)
        if type(values) is not list and (type(values) is CoroutineType or isinstance(values, Awaitable)):
            self._work.awaited.append(values)
            self._work.add(self._await_batch(fields, values, len(sources), self._stage + 1))
        else:
            self._complete_batch(fields, values)

    async def _await_batch(self, fields: Fields, values: Awaitable[Any], parents: int, stage: int) -> None:
        found: Any
        try:
            found = await values
        except Exception as error:  # noqa: BLE001  it becomes the error of all parents
            found = [error] * parents
        self._stage = stage
        self._complete_batch(fields, found)
        self._advance()

    def _complete_batch(self, fields: Fields, found: Any) -> None:  # noqa: ANN401  whatever a resolver returns
        found = listed(found, len(fields[0][1]))
        for field, targets in fields:
            values = found if field.shared is None else field.shared.of(found)
            self._complete(field, one_each(field, values, targets), targets)

    def _call(self, field: Field, sources: Sequence[Any], targets: Sequence[dict[str, Any]]) -> None:
        try:
            arguments = self._arguments_of(field)
        except Exception as error:  # noqa: BLE001  it becomes the error of all parents
            self._complete(field, [error] * len(sources), targets)
            return
        resolve = field.definition.resolve or self.executor.field_resolver
        paths = Paths(self._plan, self._data, self.types)
        base = self.executor.build_resolve_info(field.definition, field.nodes, field.parent, Path(None, "", None))
        values: list[Any] = []
        is_awaited = False
        for source, target in zip(sources, targets, strict=True):
            try:
                # graphql-core's own default resolver needs no info unless the value is a function.
                value = _plain(source, field.name) if resolve is default_field_resolver else resolve
                if callable(value):
                    info = base._replace(path=Path(paths.of(target), field.key, field.parent.name))
                    value = resolve(source, info, **arguments)
            except Exception as error:  # noqa: BLE001  it becomes the field's error
                value = error
            if self.is_awaitable(value):
                is_awaited = True
                self._work.awaited.append(value)
            values.append(value)
        if not is_awaited:
            self._complete(field, values, targets)
            return
        # What has failed has failed now; what is there waits for the others, so that the next level is asked at once.
        failed = [isinstance(value, Exception) for value in values]
        if any(failed):
            self._complete(field, list(compress(values, failed)), list(compress(targets, failed)))
            waits = [not one for one in failed]
            values, targets = list(compress(values, waits)), list(compress(targets, waits))
        self._work.add(self._await_each(field, values, targets, self._stage + 1))

    async def _await_each(self, field: Field, values: list[Any], targets: Sequence[dict[str, Any]], stage: int) -> None:
        places = [place for place, value in enumerate(values) if self.is_awaitable(value)]
        for place, value in zip(places, await all_of(values[place] for place in places), strict=True):
            values[place] = value
        self._stage = stage
        self._complete(field, values, targets)
        self._advance()

    async def _await_places(self) -> None:
        self._has_later = False
        places = awaited(self._plan.root, self._data, self.types)
        self._stage += 1
        values = await all_of(place.work for _, _, place in places)
        for (holder, key, place), value in zip(places, values, strict=True):
            holder[key] = self.fail(place.position, value) if isinstance(value, Exception) else value
        self._advance()

    def _arguments_of(self, field: Field) -> dict[str, Any]:
        if field.arguments is not None:
            return dict(field.arguments)
        found = self._arguments.get(field)
        if found is None:
            executor = self.executor
            node = field.details[0].node
            found = get_argument_values(
                field.definition, node, executor.variable_values, None, executor.hide_suggestions
            )
            if field.batch is not None:
                found = field.batch.convert(found, executor.schema)
            self._arguments[field] = found
        return found

    def _settle(self) -> bool:
        """Turn what has failed into errors and nulls; returns whether there is still anything but null."""
        if self._failed and not self._is_lost:
            settling = Settling(self._plan, self._failed, self.types, propagates=self.executor.error_propagation)
            self._failed = []
            self._is_lost = not settling.settle(self._data)
            self._errors += settling.errors
        return not self._is_lost

    def _result(self) -> ExecutionResult:
        if not self._settle():
            return ExecutionResult(None, self._errors or None)
        return ExecutionResult(self._data if self._is_plain else as_dicts(self._data), self._errors or None)


def _plain(source: Any, name: str) -> Any:  # noqa: ANN401  any object of the type
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)


def _read(source: object, attribute: str) -> object:
    try:
        return getattr(source, attribute)
    except Exception as error:  # noqa: BLE001  it becomes the field's error
        return error

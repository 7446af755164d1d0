"""From a plan to Python: one function per resolved field, which completes its values for all parents.

The functions hold no call per field: attributes are read, checked and put into a dict where the source says so; of
records that a decoder has checked, they are only read, into a response object where that is all there is to it. What a
check does not expect goes to ``values``, one value at a time, and nothing is done twice.
"""

from graphql import GraphQLObjectType
from msgspec import Struct, inspect

from engine.leaves import enum_names, is_sure, unfit
from engine.lines import Lines
from engine.objects import class_of
from engine.plan import Field, Kind, Plan, Position, Selection, Way, weight
from engine.types import attributes, decoded_record, without_none
from engine.values import abstract, is_object, items, leaf

# Python allows twenty blocks inside one another; an object that lies deeper gets a function of its own.
MAX_DEPTH = 12
# A selection that stands in several places is written out in each when it has no more fields than this in all.
MAX_REPEATED = 12


def compile_plan(plan: Plan, trusted: dict[GraphQLObjectType, set[type]]) -> str:
    """Give a plan's fields and selections compiled functions in place of interpreted ones.

    Args:
        plan: The plan.
        trusted: Classes whose objects are known to be of a type.

    Returns:
        The Python that it was compiled to, for people; the plan does not keep it.
    """
    writer = _Writer(trusted)
    fields = [field for field in plan.fields if field.resolved or field in plan.root.fields]
    fields = [field for field in fields if field.way not in (Way.TYPENAME, Way.DENIED)]
    for field in fields:
        writer.field(field)
    selections = writer.write_selections()
    source = writer.source()
    names = writer.names
    # The source is made of numbers and of names that the schema and the parsed document have checked.
    exec(compile(source, "<plan>", "exec"), names)  # noqa: S102
    for field in fields:
        field.complete = names[f"complete_{field.number}"]
    for selection in selections:
        selection.build = names[f"build_{selection.number}"]
    plan.code_size = len(source)
    plan.makes_objects = writer.makes_objects
    return source


class _Writer(Lines):
    """Writes the functions of one plan."""

    def __init__(self, trusted: dict[GraphQLObjectType, set[type]]) -> None:
        super().__init__({"abstract": abstract, "is_object": is_object, "items": items, "leaf": leaf})
        self._trusted = trusted
        self._functions: dict[Selection, None] = {}
        # The fields whose parents and targets the function that is being written collects, under the number of the
        # first of them; None: it puts them in one by one.
        self._collected: dict[int, list[Field]] | None = None
        # Whether all that was written of the response at hand is finished when it is made.
        self._is_finished = True
        self.makes_objects = False

    def field(self, field: Field) -> None:
        """Write the function that completes a field."""
        if field.position is None:
            return
        self._collected = {}
        self._begin(f"def complete_{field.number}(run, values, targets):", f"{field}: {field.definition.type}.")
        body = len(self._lines)
        self._indent = 1
        self._line("for value, target in zip(values, targets):")
        with self._block():
            self._complete(field.position, "value")
            self._line(f"target[{field.key!r}] = value")
        self._lines[body:body] = [f"    parents{number} = []; targets{number} = []" for number in self._collected]
        for number, fields in self._collected.items():
            self._line(f"if parents{number}:")
            with self._block():
                for one in fields:
                    self._line(f"run.enqueue_all({self._name('F', one)}, parents{number}, targets{number})")
        self._indent = 0
        self._collected = None

    def write_selections(self) -> list[Selection]:
        """Write the functions of the selections that are not written out where they stand, and return these."""
        written: list[Selection] = []
        while len(written) < len(self._functions):
            selection = list(self._functions)[len(written)]
            written.append(selection)
            self._begin(f"def build_{selection.number}(run, value):", f"One {selection.type.name}.")
            with self._block():
                self._line(f"return {self._response(selection, 'value', None)}")
        return written

    # Values that have to be checked: statements that complete a variable's value in place.

    def _complete(self, position: Position, value: str) -> None:
        if position.kind is Kind.LEAF:
            self._leaf(position, value)
        elif position.item is not None:
            self._list(position, position.item, value)
        elif position.kind is Kind.OBJECT:
            self._object(position, value)
        else:
            # Which type each value is of can only be seen one by one.
            self._line(f"{value} = abstract(run, {self._place(position)}, {value})")
            self._functions.update(dict.fromkeys(position.field.selections.values()))

    def _leaf(self, position: Position, value: str) -> None:
        names = enum_names(position.type)
        if names is not None:
            class_ = type(next(iter(names)))
            self._line(f"if type({value}) is {self._name('E', class_)}:")
            with self._block():
                self._line(f"{value} = {self._constant('N', id(position.type), names)}[{value}]")
            self._line("else:" if position.required else f"elif {value} is not None:")
        else:
            test = unfit(position.type, value)
            if position.required:
                self._line(f"if {test or 'True'}:")
            else:
                self._line(f"if {value} is not None and ({test}):" if test else f"if {value} is not None:")
        with self._block():
            self._line(f"{value} = leaf(run, {self._place(position)}, {value})")

    def _list(self, position: Position, item_position: Position, value: str) -> None:
        self._line(f"if type({value}) is not list and type({value}) is not tuple:")
        with self._block():
            self._line(f"{value} = items(run, {self._place(position)}, {value})")
        self._line(f"if type({value}) is list or type({value}) is tuple:")
        with self._block():
            found, item = self._variable("found"), self._variable("item")
            self._line(f"{found} = []")
            self._line(f"for {item} in {value}:")
            with self._block():
                self._complete(item_position, item)
                self._line(f"{found}.append({item})")
            self._line(f"{value} = {found}")

    def _object(self, position: Position, value: str) -> None:
        selection = position.field.selections[position.type.name]
        record = decoded_record(selection.type.is_type_of)
        written_out = self._written_out(selection)
        test = "if"
        if not position.required:
            self._line(f"if {value} is None:")
            with self._block():
                self._line("pass")
            test = "elif"
        if record is not None and written_out:
            self._line(f"{test} type({value}) is {self._name('R', record)}:")
            with self._block():
                self._line(f"{value} = {self._response(selection, value, record)}")
            test = "elif"
        trusted = self._trusted.setdefault(selection.type, set())
        classes = self._constant("C", id(trusted), trusted)
        self._line(f"{test} type({value}) in {classes} or is_object(run, {self._place(position)}, {value}):")
        with self._block():
            if record is None and written_out:
                self._line(f"{value} = {self._response(selection, value, None)}")
            else:
                self._functions[selection] = None
                self._line(f"{value} = build_{selection.number}(run, {value})")
        self._line("else:")
        with self._block():
            self._line(f"{value} = run.instead")

    def _response(self, selection: Selection, source: str, record: type[Struct] | None) -> str:
        """Write statements that prepare an object's response, and return its expression.

        Args:
            selection: What is selected.
            source: The variable that holds the object.
            record: Its class, where a decoder has checked it.
        """
        sure = {} if record is None else attributes(record)
        entries: dict[str, str] = {}
        resolved: list[Field] = []
        around, self._is_finished = self._is_finished, record is not None
        for field in selection.fields:
            info = sure.get(field.attribute)
            if field.way is Way.TYPENAME:
                expression = repr(selection.type.name)
            elif field.resolved or field.position is None:
                resolved.append(field)
                expression = "None"
            elif info is not None and self._is_sure(field.position, info):
                expression = self._sure(field.position, f"{source}.{field.attribute}", info)
            else:
                expression = self._checked(field, field.position, source, exists=info is not None)
            entries[field.key] = expression
        # A key that no client can give is a mark, to be taken out again.
        is_finished = self._is_finished and not resolved and all(key.isidentifier() for key in entries)
        self._is_finished = around and is_finished
        if is_finished:
            return self._finished(entries)
        response = f"{{{', '.join(f'{key!r}: {expression}' for key, expression in entries.items())}}}"
        return self._collect(resolved, source, response) if resolved else response

    def _finished(self, entries: dict[str, str]) -> str:
        self.makes_objects = True
        class_ = class_of(tuple(entries))
        return f"{self._constant('O', id(class_), class_)}({', '.join(entries.values())})"

    def _checked(self, field: Field, position: Position, source: str, *, exists: bool) -> str:
        self._is_finished = False
        value = self._variable(field.key)
        read = f"{value} = {source}.{field.attribute}"
        if exists:
            self._line(read)
        else:
            self._line("try:")
            with self._block():
                self._line(read)
            self._line("except Exception as error:")
            with self._block():
                self._line(f"{value} = error")
        self._complete(position, value)
        self._is_finished = False
        return value

    def _collect(self, resolved: list[Field], source: str, response: str) -> str:
        """Write what remembers an object and its response for the resolvers of the next level."""
        target = self._variable("response")
        self._line(f"{target} = {response}")
        if self._collected is None:
            for field in resolved:
                self._line(f"run.enqueue({self._name('F', field)}, {source}, {target})")
        else:
            number = resolved[0].number
            self._collected[number] = resolved
            self._line(f"parents{number}.append({source}); targets{number}.append({target})")
        return target

    # Values that a decoder has checked: expressions, and the statements that they need before them.

    def _is_sure(self, position: Position, info: inspect.Type) -> bool:
        info, optional = without_none(info)
        if optional and position.required:
            return False
        if position.kind is Kind.LEAF:
            return is_sure(position.type, info)
        if position.item is not None:
            return isinstance(info, inspect.ListType) and self._is_sure(position.item, info.item_type)
        if position.kind is not Kind.OBJECT or not isinstance(info, inspect.StructType):
            return False
        selection = position.field.selections[position.type.name]
        return decoded_record(selection.type.is_type_of) is info.cls and self._written_out(selection)

    def _sure(self, position: Position, expression: str, info: inspect.Type) -> str:
        info, optional = without_none(info)
        names = enum_names(position.type) if position.kind is Kind.LEAF else None
        if position.kind is Kind.LEAF and names is None:
            return expression
        if names is not None and not optional:
            return f"{self._constant('N', id(position.type), names)}[{expression}]"
        value = expression
        if not expression.isidentifier():
            value = self._variable(position.field.key)
            self._line(f"{value} = {expression}")
        if not optional:
            return self._sure_inner(position, value, info)
        self._line(f"if {value} is not None:")
        with self._block():
            self._line(f"{value} = {self._sure_inner(position, value, info)}")
        return value

    def _sure_inner(self, position: Position, value: str, info: inspect.Type) -> str:
        """Write the same for what is held by a variable and is not None."""
        if isinstance(info, inspect.StructType):
            selection = position.field.selections[position.type.name]
            return self._response(selection, value, info.cls)
        if not isinstance(info, inspect.ListType) or position.item is None:
            return f"{self._constant('N', id(position.type), enum_names(position.type))}[{value}]"
        found, item = self._variable("found"), self._variable("item")
        before = len(self._lines)
        self._line(f"{found} = []")
        self._line(f"for {item} in {value}:")
        with self._block():
            start = len(self._lines)
            inner = self._sure(position.item, item, info.item_type)
            if len(self._lines) == start:
                # Nothing has to be done before: Python's own loop is faster.
                del self._lines[before:]
                return f"list({value})" if inner == item else f"[{inner} for {item} in {value}]"
            self._line(f"{found}.append({inner})")
        return found

    def _written_out(self, selection: Selection) -> bool:
        if self._indent > MAX_DEPTH:
            return False
        return selection.uses == 1 or weight(selection, MAX_REPEATED) <= MAX_REPEATED

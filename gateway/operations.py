"""One operation for one caller: found, admitted, executed, and its result as an answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any, TypeAlias

import msgspec
from graphql import GraphQLError, GraphQLSyntaxError
from graphql import OperationType as CoreOperationType
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from downstream.client import ServiceClient
from engine import Parts, Subscription, encode
from engine.cache_control import public_age
from engine.executor import StrawberryCompiledExecutor
from engine.plan import Plan
from gateway.admission.caller import Caller, person_of
from gateway.admission.crowd import Crowd
from gateway.admission.documents import KnownDocuments
from gateway.admission.guard import Guard
from gateway.incremental import LaterAnswers, form
from gateway.negotiation import GRAPHQL_JSON, Delivery
from gateway.reply import Reply
from gateway.request import Operation, Refusal
from gateway.telemetry.requests import Watched
from loaders.answers import Answers, Question
from loaders.events import Data
from loaders.memory import Answer
from resolvers.context import Context, Viewer
from schema import Schema
from schema.errors import degraded_services, formatted

MakeContext: TypeAlias = Callable[[Viewer | None], Context]

# What has one answer.
AT_ONCE: Sequence[OperationType] = (OperationType.QUERY, OperationType.MUTATION)

# In a request: tell me; in an answer: what the operation could cost.
COST_HEADER = "graphql-cost"
# With the value "degraded" the answer says which services failed it or are being left alone, and whose older values
# stand in for newer ones.
DEBUG_HEADER = "order-center-debug"


class _Place:
    """A person's place among those who are served; it stays theirs while parts of an answer are still to come."""

    stays = False


class Operations:
    """Executes operations.

    Args:
        schema: What is executed.
        documents: Finds the document that a request means.
        guard: Admits operations.
        crowd: Bounds how many of one person are under way.
        make_context: Makes a request's context from the viewer.
        answers: Keeps answers; None: each is made anew.
        services: Client of each service, by its name.
    """

    def __init__(
        self,
        schema: Schema,
        documents: KnownDocuments,
        guard: Guard,
        crowd: Crowd,
        make_context: MakeContext,
        answers: Answers | None,
        services: Mapping[str, ServiceClient],
    ) -> None:
        self._schema = schema
        self._documents = documents
        self._guard = guard
        self._crowd = crowd
        self._make_context = make_context
        self._answers = answers
        self._services = services

    async def reply(
        self,
        operation: Operation,
        types: Sequence[OperationType],
        caller: Caller,
        headers: Mapping[bytes, bytes],
        media_type: str,
        delivery: Delivery | None,
        watched: Watched | None = None,
    ) -> Reply:
        """Answer an operation of one of these types, in parts where it and the client ask for that.

        Raises:
            Refusal: It is not executed.
        """
        try:
            with self._under_way(caller) as place:
                text = await self._documents.text(operation, is_router=caller.is_router)
                question = self._question(operation, text, types, caller, headers)
                kept = await self._kept(question) if question is not None else None
                if kept is not None:
                    self._guard.charge(caller, kept.cost)
                    await self._documents.keep(operation)
                    cost, reply = kept.cost, Reply({}, body=kept.body, coded=kept.coded)
                    if watched is not None:
                        watched.given(self._schema.documents.get(text).operation(operation.operation_name), cost)
                else:
                    with nullcontext() if watched is None else watched.operating():
                        cost, reply = await self._execute(
                            operation, text, question, types, caller, headers, media_type, delivery, watched
                        )
                    place.stays = reply.later is not None
        except GraphQLError as error:
            return _without_data([formatted(error)], media_type)
        if COST_HEADER.encode() in headers:
            return reply._replace(headers={COST_HEADER: str(cost)}, max_age=0)
        return reply

    async def begin(
        self,
        operation: Operation,
        types: Sequence[OperationType],
        caller: Caller,
        headers: Mapping[bytes, bytes],
        watched: Watched | None = None,
    ) -> Reply | Subscription:
        """Return a subscription that was admitted, or the answer to an operation of these types; raises ``Refusal``."""

        def admit(executor: StrawberryCompiledExecutor, plan: Plan | None) -> None:
            if watched is not None:
                watched.planned(executor.operation, is_compiled=plan is not None)
            cost = self._guard.admit(caller, executor, plan)
            if watched is not None:
                watched.cost = cost

        try:
            text = await self._documents.text(operation, is_router=caller.is_router)
            if not self._schema.is_subscription(text, operation.operation_name):
                return await self.reply(operation, types, caller, headers, GRAPHQL_JSON, None, watched)
            with self._under_way(caller):
                begun = await self._schema.begin(
                    text,
                    operation.variables,
                    self._make_context(caller.viewer),
                    operation.operation_name,
                    admit=admit,
                )
        except GraphQLError as error:
            return _without_data([formatted(error)], GRAPHQL_JSON)
        if isinstance(begun, Subscription):
            await self._documents.keep(operation)
            return begun
        refused = _refused_document if isinstance(begun, PreExecutionError) else formatted
        return _without_data([refused(error) for error in begun.errors or ()], GRAPHQL_JSON)

    async def event(self, subscription: Subscription, data: Data, viewer: Viewer | None) -> Mapping[str, Any]:
        """Return a subscription's answer to one event, with loaders of its own."""
        result = await subscription.execute(data, self._make_context(viewer))
        errors = [formatted(error) for error in result.errors or ()]
        return {"errors": errors, "data": result.data} if errors else {"data": result.data}

    @contextmanager
    def _under_way(self, caller: Caller) -> Iterator[_Place]:
        """Count an operation of a person's as long as it lasts, and refuse what cannot be executed."""
        person = person_of(caller)
        place = _Place()
        self._crowd.enter(person)
        try:
            yield place
        except (CannotGetOperationTypeError, MissingQueryError):
            raise Refusal(400, "BAD_USER_INPUT", "There is no such operation in the document.") from None
        except InvalidOperationTypeError as error:
            raise _wrong_type(error) from None
        finally:
            if not place.stays:
                self._crowd.leave(person)

    def _question(
        self,
        operation: Operation,
        text: str,
        types: Sequence[OperationType],
        caller: Caller,
        headers: Mapping[bytes, bytes],
    ) -> Question | None:
        """Return who asks what; None where an answer may depend on more than that."""
        if self._answers is None or DEBUG_HEADER.encode() in headers:
            return None
        viewer = caller.viewer
        if viewer is None and OperationType.MUTATION not in types:
            # Caches in front may keep it, and only a plan tells for how long.
            return None
        person, scopes = (viewer.id, viewer.scopes) if viewer is not None else (None, frozenset[str]())
        variables = msgspec.json.encode(operation.variables) if operation.variables else b""
        return Question(person, scopes, text, operation.operation_name, variables, is_router=caller.is_router)

    async def _kept(self, question: Question) -> Answer | None:
        answers = self._answers
        if answers is None:
            return None
        kept = answers.recall(question)
        return await answers.find(question) if kept is None and answers.may_find(question) else kept

    async def _execute(  # all that a request is
        self,
        operation: Operation,
        text: str,
        question: Question | None,
        types: Sequence[OperationType],
        caller: Caller,
        headers: Mapping[bytes, bytes],
        media_type: str,
        delivery: Delivery | None,
        watched: Watched | None,
    ) -> tuple[int, Reply]:
        cost = age = 0
        is_admitted = is_query = False

        def admit(executor: StrawberryCompiledExecutor, plan: Plan | None) -> None:
            nonlocal age, cost, is_admitted, is_query
            if watched is not None:
                watched.planned(executor.operation, is_compiled=plan is not None)
            cost = self._guard.admit(caller, executor, plan)
            is_admitted = True
            is_query = plan is not None and executor.operation.operation is CoreOperationType.QUERY
            # What a router is given is for its secret.
            age = public_age(plan) if plan is not None and not caller.is_router else 0
            if watched is not None:
                watched.cost = cost

        context = self._make_context(caller.viewer)
        result = await self._schema.execute(
            text,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
            allowed_operation_types=types,
            admit=admit,
            in_parts=delivery is not None,
            to_encode=True,
        )
        if is_admitted:
            await self._documents.keep(operation)
        reply = self._answered(result, context, headers, media_type)
        if isinstance(result, Parts) and delivery is not None:
            told = form(delivery)
            later = LaterAnswers(result, told, partial(self._crowd.leave, person_of(caller)))
            return cost, reply._replace(answer=told.first(reply.answer, result.pending), later=later)
        # An error may be gone the next moment, and what somebody wants to be told beside the data is not for others.
        if age and reply.answer.keys() == {"data"}:
            reply = reply._replace(max_age=age)
        if self._answers is not None and question is not None and is_query and "errors" not in reply.answer:
            parts = context.loaders.parts()
            if parts:
                reply = reply._replace(body=encode(reply.answer))
                self._answers.keep(question, reply.body, cost, parts)
        return cost, reply

    def _answered(
        self, result: ExecutionResult, context: Context, headers: Mapping[bytes, bytes], media_type: str
    ) -> Reply:
        if isinstance(result, PreExecutionError):
            return _without_data([_refused_document(error) for error in result.errors or ()], media_type)
        errors = [formatted(error) for error in result.errors] if result.errors else []
        # Without data and path the variables did not fit: nothing was executed.
        if result.data is None and all("path" not in error for error in errors):
            return _without_data(errors, media_type)
        answer: dict[str, Any] = {"errors": errors, "data": result.data} if errors else {"data": result.data}
        if b"degraded" in headers.get(DEBUG_HEADER.encode(), b""):
            answer["extensions"] = {
                "degraded": degraded_services(self._services, errors),
                "stale": context.loaders.stale_services(),
            }
        return Reply(answer)


def _wrong_type(error: InvalidOperationTypeError) -> Refusal:
    if error.operation_type is OperationType.SUBSCRIPTION:
        message = "A subscription is streamed: ask for text/event-stream, or over graphql-transport-ws."
        return Refusal(406, "BAD_USER_INPUT", message)
    return Refusal(405, "BAD_USER_INPUT", "Only queries may be sent by GET.", {"Allow": "POST"})


def _refused_document(error: GraphQLError) -> Any:  # noqa: ANN401  graphql-core's own shape
    is_syntax = isinstance(error, GraphQLSyntaxError)
    return formatted(error, otherwise="GRAPHQL_PARSE_FAILED" if is_syntax else "GRAPHQL_VALIDATION_FAILED")


def _without_data(errors: Sequence[Mapping[str, Any]], media_type: str) -> Reply:
    # Plain JSON has always meant 200 for a well-formed request; the newer type tells a refused document apart.
    return Reply({"errors": errors}, 400 if media_type == GRAPHQL_JSON else 200)

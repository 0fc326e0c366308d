"""The daemon's inside: the writer, the reader, and what is to be done later. One composition function: `start`."""

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from . import __version__
from .capture import Answer, Capture, Plan, Told
from .clock import now_ms
from .drawing import IDLE
from .edge import launch
from .edge.frame import Frame
from .errors import HoldfastError, StoreError, Unavailable, UsageError
from .hosts.claude_code.payload import HOST
from .journal.spool import Spool
from .operations import BARE, LISTENING, OPERATIONS, Arguments, Context, Door, Life, arguments_in
from .paths import Home
from .readers import Readers
from .sealing import Keys
from .settings import Settings
from .store.care.retention import OPEN_MS
from .store.database import Database
from .transcripts import Transcripts
from .upkeep import Upkeep
from .writer import Writer

__all__ = ["Service"]

T = TypeVar("T")
_logger = logging.getLogger("holdfast")
_SMALL = 16 * 1024  # bytes of a payload that is understood at once, without a thread
_SETTLE = (0.3, 2.0)  # seconds in which the first hooks are answered, and those keep their frames that gave up
_FILES = 200  # transcripts that are looked at when the daemon comes up, those met last
_ATTEMPTS = 5  # tries at a spooled frame that the journal refuses
_PLANNING = {"SessionStart": 0.8, "UserPromptSubmit": 0.1}  # seconds for what a hook is to be given; then it gets none
_GIVING_WAY = 0.1  # seconds at the most that a piece of a transcript waits for hooks
_DRAWN = (1.0, 3.0)  # seconds after the end of a turn, of a session, at which rules look at it
_LEFT_MS = 2 * 24 * 3_600_000  # sessions heard within it are looked after when nobody asks


class Service:
    """Answers hooks and operations for one home."""

    def __init__(self, home: Home, *, leave: Callable[[], None], key: str | None = None) -> None:
        """key: what HOLDFAST_KEY held."""
        self._home = home
        self._life = Life(home, leave, started=now_ms())
        self._settings = Settings.load(home.config)
        self._keys = Keys(home.folder, keyring=lambda: self._settings.on("secrets.keyring"), given=key)
        self._spool = Spool(home.spool)
        self._capture: Capture | None = None
        self._context: Context | None = None
        self._readers: Readers[Context] | None = None
        self._planner: Readers[Context] | None = None
        self._transcripts = Transcripts(
            home.folder, self._settings, capture=self._captured, write=self._write, give_way=self._give_way,
            spawn=self._spawn,
        )  # fmt: skip
        self._draining = asyncio.Lock()
        self._drawing: dict[int, asyncio.TimerHandle] = {}
        self._being_drawn: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._quiet_since = time.monotonic()
        self._refused: dict[str, int] = {}
        self._asking = 0  # hooks that wait for their answer
        self._nobody_asks = asyncio.Event()
        self._nobody_asks.set()
        self.problem: HoldfastError | None = None

    @property
    def settings(self) -> Settings:
        """Those in force since this process began."""
        return self._settings

    def start(self, door: Door | None = None) -> None:
        """Open the store and take up what was left. What cannot be opened is said in each answer.

        door: what HTTP comes in by when asked to; at once, when it is set so.
        """
        self._life.door = door
        logging.basicConfig(
            filename=self._home.log, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        _shorten(self._home.log)
        if door is not None and self._settings["http.listen"]:
            self._spawn(self._let_in(door))
        for written in launch.install(self._home.bin, __version__):
            _logger.info("wrote bin/%s", written)
        self._keys.begin()
        self._writer = Writer(self._open, self._wrote)
        try:
            self._writer.wait_open()
        except HoldfastError as error:
            self.problem = error
            _logger.error("%s", error)
            return
        assert self._readers is not None
        self._upkeep = Upkeep(self._home, self._settings, self._writer, self._readers, self._nobody_asks.wait)
        _logger.info("holdfast %s serves %s (process %d)", __version__, self._home.folder, os.getpid())
        self._spawn(self._drain())
        self._spawn(self._read_on())
        # What rules are made of is loaded when the first hooks were answered, and before they are needed.
        asyncio.get_running_loop().call_later(_SETTLE[0], lambda: self._spawn(asyncio.to_thread(_load_rules)))
        # Hooks that gave up while this came up may be keeping their frames only now.
        asyncio.get_running_loop().call_later(_SETTLE[1], self._drain_if_waiting)

    async def _let_in(self, door: Door) -> None:
        try:
            await door.open(None)
        except HoldfastError as error:
            _logger.error("%s", error)

    def _open(self) -> Database:
        database = Database(self._home.store)
        self._context = Context.over(database, self._home, self._settings, self._life, keys=self._keys)
        self._capture = self._context.capture
        for_reading = lambda: Database(self._home.store, readonly=True)  # noqa: E731
        self._readers = Readers(for_reading, self._context.reading)
        self._planner = Readers(for_reading, self._context.reading)  # never behind a long question
        return database

    def _wrote(self, problem: HoldfastError | None) -> None:
        """Remember what the latest write was refused for; `status` shows it until one succeeds."""
        before, self._life.refused = self._life.refused, problem
        if problem is not None and (before is None or before.what != problem.what):
            _logger.error("%s", problem)
        elif problem is None and before is not None:
            _logger.info("saved again; before that: %s", before.what)

    @property
    def key(self) -> str | None:
        """What HOLDFAST_KEY has to hold for whoever serves this home next."""
        return self._keys.given

    async def stop(self) -> None:
        """Finish what was handed over."""
        if self._life.door is not None:
            await self._life.door.close(for_good=True)
        self._transcripts.close()
        for handle in self._drawing.values():
            handle.cancel()
        if self.problem is None:
            while self._tasks:  # one may begin another
                await asyncio.gather(*self._tasks, return_exceptions=True)
        for readers in (self._readers, self._planner):
            if readers is not None:
                await asyncio.to_thread(readers.close)
        await asyncio.to_thread(self._writer.close)
        _logger.info("left")

    # -- hooks --

    async def hook(self, frame: Frame) -> bytes:
        """The bytes that a hook prints, once what it told is durable. Raises HoldfastError when it is not kept."""
        self._asking += 1
        self._nobody_asks.clear()
        try:
            answer = await self._taken(frame, answered=True)
        finally:
            self._asking -= 1
            if not self._asking:
                self._nobody_asks.set()
        loop = asyncio.get_running_loop()  # behind the answer: whoever asked waits for that
        loop.call_soon(self._follow, answer)
        loop.call_soon(self._drain_if_waiting)
        return answer.body

    async def _taken(self, frame: Frame, *, answered: bool) -> Answer:
        if self.problem is not None:
            raise self.problem
        self._quiet_since = time.monotonic()
        if frame.event != "Probe" and frame.at >= (self._life.heard or {}).get("at", 0):  # not `holdfast doctor`
            self._life.heard = {"host": frame.host, "event": frame.event, "at": frame.at}
        capture = self._captured()
        if len(frame.body) > _SMALL:
            told = await asyncio.to_thread(capture.understand_and_look, frame)
        else:
            told = capture.understand(frame)
            if told.heard is not None and not capture.journal.knows(told.heard.facts):
                await asyncio.to_thread(capture.look, [told.heard.facts])
        plan = await self._plan(told) if answered and told.event in _PLANNING else None
        return await self._write(lambda _: capture.hook(told, plan))

    async def _plan(self, told: Told) -> Plan | None:
        """What to give; None also when finding it takes too long: nobody is kept waiting for notes."""
        assert self._planner is not None
        await asyncio.wait([self._spawn(self._catch_up(told))], timeout=_PLANNING[told.event] / 2)
        until = time.monotonic() + _PLANNING[told.event] / 2
        planned = self._planner.submit(lambda context: context.capture.plan(told, until))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(planned), _PLANNING[told.event])
        except TimeoutError:
            self._life.late += 1
            _logger.warning("%s was answered without notes: they were not found in time", told.event)
        except HoldfastError as error:
            _logger.warning("%s was answered without notes: %s", told.event, error)
        except Exception:
            _logger.exception("%s was answered without notes", told.event)
        return None

    async def _catch_up(self, told: Told) -> None:
        """What was done a moment ago belongs to what is given, whoever is at taking it in."""
        if self._spool.waiting():  # the start of this session may lie there, and the end of the one before
            await self._drain()
        if told.event == "SessionStart":
            work: list[Awaitable[None]] = [self._draw(session) for session in self._drawing]
            if told.source == "compact" and told.heard is not None and told.heard.transcript:
                work.append(self._transcripts.read_now(told.heard.transcript))
            await asyncio.gather(*work, *self._being_drawn)

    async def _give_way(self) -> None:
        """Called before a piece of a transcript is taken: the hooks that wait come first, unless that takes long."""
        if self._asking:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._nobody_asks.wait(), _GIVING_WAY)

    def _captured(self) -> Capture:
        assert self._capture is not None
        return self._capture

    def _follow(self, answer: Answer) -> None:
        """Begin later what a hook gives cause to, also one that had to be kept on disk."""
        for problem in answer.problems:
            _logger.warning("%s", problem)
        for path in answer.transcripts:
            self._transcripts.look_later(path, answer.final)
        if answer.session is not None and answer.final:
            self._draw_later(answer.session, _DRAWN[answer.over])
        if answer.project is not None and answer.transcripts and (answer.over or answer.first):
            self._spawn(self._adopt(Path(answer.transcripts[0]).parent / "memory", answer.project))

    # -- drawing --

    def _draw_later(self, session: int, delay: float) -> None:
        """Let rules look at a session in a moment, when its transcript was read."""
        handle = self._drawing.pop(session, None)
        if handle is not None:
            handle.cancel()

        def begin() -> None:
            del self._drawing[session]
            drawing = self._spawn(self._draw(session))
            self._being_drawn.add(drawing)
            drawing.add_done_callback(self._being_drawn.discard)

        self._drawing[session] = asyncio.get_running_loop().call_later(delay, begin)

    async def _draw(self, session: int) -> None:
        """Draw what there is to be drawn of a session, a bounded piece at a time."""
        assert self._readers is not None
        now = now_ms()
        try:
            while True:
                work = await asyncio.wrap_future(
                    self._readers.submit(lambda context: context.capture.drawing.work(session, now=now))
                )
                if work is None:
                    return
                drawn = await asyncio.to_thread(work.draw)
                await self._write(
                    lambda _, work=work, drawn=drawn: self._captured().drawing.keep(  # type: ignore[misc]
                        work.session, work.project, drawn, work.upto
                    )
                )
        except HoldfastError as error:
            _logger.warning("nothing was drawn from session s%d: %s", session, error)
        except Exception:
            _logger.exception("nothing was drawn from session s%d", session)

    async def _draw_what_is_left(self) -> None:
        """Draw from sessions that were left without an end, or that nobody has looked at since a crash."""
        assert self._readers is not None
        now = now_ms()
        for session in await asyncio.wrap_future(
            self._readers.submit(
                lambda context: context.capture.drawing.waiting(since=now - _LEFT_MS, before=now - IDLE)
            )
        ):
            await self._draw(session)

    async def _adopt(self, folder: Path, project: int) -> None:
        """Take in what the host keeps itself beside its transcripts."""
        assert self._readers is not None
        try:
            more = True
            while more:  # a bounded piece at a time: others write meanwhile
                adopted = await asyncio.wrap_future(
                    self._readers.submit(lambda context: context.capture.adoption.read(folder, project, now_ms()))
                )
                if adopted is None:
                    return
                await self._write(
                    lambda _, adopted=adopted: self._captured().adoption.take(adopted, project)  # type: ignore[misc]
                )
                more = adopted.more
        except HoldfastError as error:
            _logger.warning("the notes in %s were not taken in: %s", folder, error)
        except Exception:
            _logger.exception("the notes in %s were not taken in", folder)

    async def _read_on(self) -> None:
        """Look at the transcripts that grew while nobody was there to read on."""
        assert self._readers is not None
        with contextlib.suppress(HoldfastError):
            known = await asyncio.wrap_future(
                self._readers.submit(lambda context: context.database.all("files_met", host=HOST, limit=_FILES))
            )
            await self._transcripts.look_where_grown(known)

    # -- the spool --

    def spooled_soon(self) -> None:
        """Somebody who could not be answered is keeping his frame on disk: look there in a moment, and once more."""
        for delay in _SETTLE:
            asyncio.get_running_loop().call_later(delay, self._drain_if_waiting)

    def _drain_if_waiting(self) -> None:
        if self.problem is None and not self._draining.locked() and self._spool.waiting():
            self._spawn(self._drain())

    async def _drain(self) -> None:
        """Take what hooks had to keep on disk. Whoever asks while it is being taken waits for it, too."""
        async with self._draining:
            for path in await asyncio.to_thread(self._spool.waiting):
                try:
                    frame = await asyncio.to_thread(self._spool.frame, path)  # one at a time: there may be many
                except OSError:  # gone, or for now not to be read
                    continue
                if frame is None:
                    self._spool.set_aside(path)
                    continue
                try:
                    answer = await self._taken(frame, answered=False)
                except (Unavailable, StoreError) as error:  # it is the store's fault: the others would fare no better
                    _logger.warning("%s stays in the spool: %s", path.name, error)
                    return
                except Exception:
                    _logger.exception("%s cannot be taken", path.name)
                    self._refused[path.name] = self._refused.get(path.name, 0) + 1
                    if self._refused[path.name] >= _ATTEMPTS:
                        self._spool.set_aside(path)
                    continue
                self._spool.done(path)
                self._follow(answer)

    # -- operations --

    async def operation(self, frame: Frame) -> bytes:
        """The JSON answer to one request of the command line: {"ok": …} or {"error": …}."""
        self._quiet_since = time.monotonic()
        try:
            answer: dict[str, Any] = {"ok": await self._operate(frame)}
        except HoldfastError as error:
            answer = {"error": error.as_dict()}
        except Exception as error:
            _logger.exception("operation %s failed", frame.event)
            problem = HoldfastError(
                f"{frame.event} failed inside the daemon", why=f"{type(error).__name__}: {error}",
                fix="see `holdfast logs`; please report it",
            )  # fmt: skip
            answer = {"error": problem.as_dict()}
        return json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")

    async def _operate(self, frame: Frame) -> Any:
        bare = BARE.get(frame.event)
        if bare is not None:
            return bare(self._life)
        if frame.event in LISTENING:
            return await LISTENING[frame.event](self._life, arguments_in(frame.body))
        return await self.ask(frame.event, arguments_in(frame.body))

    async def ask(self, name: str, arguments: Arguments) -> Any:
        """The answer of the operation of that name (JSON-ready). Raises HoldfastError."""
        self._quiet_since = time.monotonic()
        operation = OPERATIONS.get(name)
        if operation is None:
            raise UsageError(f"there is no operation {name!r}", fix="run `holdfast serve --restart`")
        if self.problem is not None:
            raise self.problem
        arguments = operation.checked(arguments)
        if operation.bulk:
            await self._give_way()
        if operation.apart:
            assert self._readers is not None
            return await asyncio.wrap_future(self._readers.submit(lambda context: operation.run(context, arguments)))
        if operation.before is not None:
            arguments = await asyncio.to_thread(operation.before, self._ready(), arguments) or arguments
        return await self._write(lambda _: operation.run(self._ready(), arguments), alone=operation.alone)

    def _ready(self) -> Context:
        assert self._context is not None
        return self._context

    # -- life --

    def idle(self) -> bool:
        """Whether nothing was asked for a while, no session is open and nothing waits."""
        quiet = time.monotonic() - self._quiet_since > 60 * self._settings.number("daemon.idle_minutes")
        if not quiet or self._tasks or self._transcripts.waiting or self._drawing or self._writer.pending():
            return False
        return self.problem is not None or not self._open_sessions()

    def _open_sessions(self) -> bool:
        since = now_ms() - OPEN_MS
        return bool(self._writer.submit(lambda db: db.one("any_open_session", since=since)).result())

    async def tick(self) -> None:
        """Look after what nobody asked for: the spool, the log's size, once a day the store."""
        self._transcripts.tick()
        _shorten(self._home.log)
        self._spool.sweep(time.time())
        self._drain_if_waiting()
        if self.problem is None:
            self._spawn(self._draw_what_is_left())
            self._spawn(self._write(lambda _: self._captured().giving_up(now_ms())))
            if self._upkeep.due():
                self._spawn(self._upkeep.run())

    async def _write(self, work: Callable[[Database], T], *, alone: bool = False) -> T:
        done: Future[T] = self._writer.submit(work, alone=alone)
        return await asyncio.wrap_future(done)

    def _spawn(self, work: Any) -> "asyncio.Task[Any]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _load_rules() -> None:
    from .distill import handoff, happened  # noqa: F401  # their patterns are compiled


def _shorten(log: Path, limit: int = 1_000_000) -> None:
    with contextlib.suppress(OSError):
        if log.stat().st_size > limit:
            content = log.read_bytes()[-limit // 2 :]
            log.write_bytes(content[content.find(b"\n") + 1 :])

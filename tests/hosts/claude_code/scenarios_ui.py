"""The recorded sessions of the interactive UI."""

from __future__ import annotations

import threading

from tests.hosts.claude_code.driver import ClaudeCode
from tests.hosts.claude_code.recording import hook_calls
from tests.hosts.claude_code.scenarios import TOOLS, scenario
from tests.hosts.claude_code.script import BAD_REQUEST, ApiError, Reply, Request, call, say, use
from tests.hosts.claude_code.terminal import prompt
from tests.processes import wait_for

ALLOWED = ("--allowedTools", TOOLS)
SLOW = "python3 -c 'import time; time.sleep(3); print(\"slept\")'"
ENDLESS = "python3 -c 'import time; time.sleep(120)'"


def happened(claude: ClaudeCode, event: str, times: int = 1) -> None:
    """Until the hook of this event was called so often."""
    wait_for(
        lambda: sum(call.event == event for call in hook_calls(claude)) >= times,
        f"{times} × {event}",
    )


@scenario
def ui_typed(claude: ClaudeCode) -> None:
    """Two typed prompts, the second the same as the first; the last reply has two text blocks."""
    claude.model.script(
        [
            call(use("Bash", command="cat app.py", description="Show it"), text="I look."),
            say("It greets."),
            say("First block.", "Second block: it still greets."),
        ]
    )
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("what does it do?")
        terminal.answered("It greets.")
        happened(claude, "Stop")
        terminal.submit("what does it do?")
        terminal.answered("Second block")
        happened(claude, "Stop", 2)
        terminal.leave()


@scenario
def ui_queued(claude: ClaudeCode) -> None:
    """One prompt typed while a tool runs, one typed while the model only writes."""
    gate = threading.Event()
    claude.model.script(
        [
            call(use("Bash", command=SLOW, description="Sleep")),
            say("Slept, and the changelog is noted."),
            say("Written slowly.").held(gate),
            say("The queued one is answered."),
        ]
    )
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("sleep a little")
        wait_for(lambda: bool(claude.model.main_requests()), "the first request")
        terminal.shows("time.sleep")
        terminal.submit("and the changelog is written by hand")
        terminal.answered("changelog is noted")
        happened(claude, "Stop")
        terminal.submit("write slowly")
        wait_for(lambda: len(claude.model.main_requests()) == 3, "the held request")
        terminal.submit("typed while it wrote")
        gate.set()
        terminal.answered("The queued one is answered.")
        happened(claude, "Stop", 3)
        terminal.leave()


@scenario
def ui_bash_mode(claude: ClaudeCode) -> None:
    """A prompt, then `! command` of the user, then another prompt."""
    claude.model.script([say("Ready."), say("I saw the output."), say("Done with it.")])
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("get ready")
        terminal.answered("Ready.")
        terminal.press("!")
        terminal.shows("! for ")
        terminal.submit("echo of-the-user")
        terminal.answered("of-the-user")
        terminal.shows("I saw the output.")
        happened(claude, "Stop", 2)
        terminal.submit("what did it print?")
        terminal.answered("Done with it.")
        happened(claude, "Stop", 3)
        terminal.leave()


@scenario
def ui_clear(claude: ClaudeCode) -> None:
    """/clear between two prompts."""
    claude.model.script([say("Before."), say("After.")])
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("before the clear")
        terminal.answered("Before.")
        happened(claude, "Stop")
        terminal.submit("/clear")
        happened(claude, "SessionStart", 2)
        terminal.wait_ready()
        terminal.submit("after the clear")
        terminal.answered("After.")
        happened(claude, "Stop", 2)
        terminal.leave()


@scenario
def ui_compact(claude: ClaudeCode) -> None:
    """/compact with instructions, in the UI."""
    claude.model.script([say("One."), say("Two."), say("Three.")])
    with claude.interactive(*ALLOWED) as terminal:
        for number, (asked, answer) in enumerate((("first", "One."), ("second", "Two."))):
            terminal.submit(asked)
            terminal.answered(answer)
            happened(claude, "Stop", number + 1)
        terminal.submit("/compact keep the numbers")
        happened(claude, "PostCompact")
        terminal.wait_ready()
        terminal.submit("third")
        terminal.answered("Three.")
        happened(claude, "Stop", 3)
        terminal.leave()


@scenario
def ui_withdrawn(claude: ClaudeCode) -> None:
    """Esc before any output; the prompt comes back, is edited and sent again."""
    gate = threading.Event()
    claude.model.script([say("Never shown.").held(gate), say("The edited one is answered.")])
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("rename it to salute")
        wait_for(lambda: bool(claude.model.main_requests()), "the held request")
        terminal.shows("esc to interrupt")
        terminal.press("Escape")
        terminal.until(lambda screen: "salute" in prompt(screen), "the prompt to come back")
        terminal.submit(" everywhere")
        terminal.answered("The edited one is answered.")
        happened(claude, "Stop")
        terminal.leave()


@scenario
def ui_denied(claude: ClaudeCode) -> None:
    """A permission that the user denies, then one denied with words for the agent."""
    write = use("Write", file_path=str(claude.project / "no.txt"), content="no\n")
    claude.model.script([call(write), say("Then not."), call(write), say("I use tabs.")])
    with claude.interactive() as terminal:
        terminal.submit("write no.txt")
        terminal.shows("Do you want to")
        terminal.until(lambda screen: "3. No" in screen or "2. No" in screen, "the choices")
        terminal.press("Escape")
        terminal.until(lambda screen: "rejected" in screen.lower(), "the rejection")
        terminal.wait_ready()
        terminal.submit("write it all the same")
        terminal.answered("Then not.")
        happened(claude, "Stop")
        terminal.submit("once more")
        terminal.shows("Do you want to")
        terminal.press_until("Down", lambda screen: "❯ 3. No" in screen, "the refusal")
        terminal.press_until("Tab", lambda screen: "3. No," in screen, "its field for words")
        terminal.keys("use tabs instead")
        terminal.shows("use tabs instead")
        terminal.press("Enter")
        terminal.answered("I use tabs.")
        happened(claude, "Stop", 2)
        terminal.leave()


@scenario
def ui_allowed(claude: ClaudeCode) -> None:
    """A permission that the user grants."""
    write = use("Write", file_path=str(claude.project / "yes.txt"), content="yes\n")
    claude.model.script([call(write), say("It is written.")])
    with claude.interactive() as terminal:
        terminal.submit("write yes.txt")
        terminal.shows("Do you want to")
        terminal.press_until("Enter", lambda screen: "Do you want" not in screen, "the grant")
        terminal.answered("It is written.")
        happened(claude, "Stop")
        terminal.leave()


@scenario
def ui_interrupted(claude: ClaudeCode) -> None:
    """Esc while a tool runs, then a further prompt."""
    claude.model.script(
        [
            call(use("Bash", command=ENDLESS, description="Wait"), text="I wait."),
            say("Stopped, as you say."),
        ]
    )
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("wait for it")
        terminal.shows("ctrl+b to run in background")
        terminal.press("Escape")
        terminal.shows("Interrupted")
        terminal.wait_ready()
        terminal.submit("never mind")
        terminal.answered("Stopped, as you say.")
        happened(claude, "Stop")
        terminal.leave()


@scenario
def ui_api_error(claude: ClaudeCode) -> None:
    """The API refuses one request; the next prompt is answered."""

    def answer(request: Request) -> Reply | ApiError:
        return say("Now it works.") if "try again" in request.text else BAD_REQUEST

    claude.model.script(answer)
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("a request that is refused")
        happened(claude, "StopFailure")
        terminal.wait_ready()
        terminal.submit("try again")
        terminal.answered("Now it works.")
        happened(claude, "Stop")
        terminal.leave()


@scenario
def ui_paste(claude: ClaudeCode) -> None:
    """Typed words around a pasted block of many lines."""
    claude.model.script([say("I read the log.")])
    lines = "\n".join(f"line {number}: always use spaces here" for number in range(30))
    with claude.interactive(*ALLOWED) as terminal:
        terminal.type("look at this log: ")
        terminal.paste(lines)
        terminal.shows("Pasted text")
        terminal.submit(" and say what is wrong")
        terminal.answered("I read the log.")
        happened(claude, "Stop")
        terminal.leave()


@scenario
def ui_big_output(claude: ClaudeCode) -> None:
    """A command that prints 200 KB."""
    big = "python3 -c \"print(('x' * 99 + '\\n') * 2000)\""
    claude.model.script([call(use("Bash", command=big)), say("That was much.")])
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("print much")
        terminal.answered("That was much.")
        happened(claude, "Stop")
        terminal.leave()


@scenario
def ui_subagent(claude: ClaudeCode) -> None:
    """A sub-agent of the UI; its end is told while the session waits."""
    agent = use(
        "Agent",
        description="Count files",
        prompt="COUNT: count the files of the project.",
        subagent_type="general-purpose",
        run_in_background=True,
    )
    claude.model.script(
        [call(agent), say("It counts."), say("It has counted four.")],
        agents={"COUNT": [call(use("Bash", command="ls | wc -l")), say("There are four files.")]},
    )
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("count with an agent")
        terminal.answered("It has counted four.")
        happened(claude, "Stop", 2)
        terminal.leave()


@scenario
def ui_killed(claude: ClaudeCode) -> None:
    """SIGKILL while a tool runs, then the session is resumed."""
    claude.model.script([call(use("Bash", command=ENDLESS, description="Wait")), say("I am back.")])
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("wait for it")
        terminal.shows("ctrl+b to run in background")
        terminal.kill()
    session = str(hook_calls(claude)[0].payload["session_id"])
    with claude.interactive("--resume", session, *ALLOWED) as terminal:
        terminal.submit("are you back?")
        terminal.answered("I am back.")
        happened(claude, "Stop")
        terminal.leave()


@scenario
def ui_rewound(claude: ClaudeCode) -> None:
    """The conversation is taken back to before its last prompt, and goes on differently."""
    claude.model.script([say("The first stays."), say("The second goes."), say("The third.")])
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("this stays")
        terminal.answered("The first stays.")
        happened(claude, "Stop")
        terminal.submit("this is taken back")
        terminal.answered("The second goes.")
        happened(claude, "Stop", 2)
        terminal.submit("/rewind")
        terminal.shows("(current)")
        terminal.press_until("Up", lambda screen: "\n  ❯ this is taken back" in screen, "the choice")
        terminal.press("Enter")
        terminal.shows("Restore conversation")
        terminal.press_until("Enter", lambda screen: "Restore conversation" not in screen, "the rewind")
        terminal.until(lambda screen: "takenback" in prompt(screen), "the prompt to come back")
        terminal.submit(" no more")
        terminal.answered("The third.")
        happened(claude, "Stop", 3)
        terminal.leave()


@scenario
def ui_command(claude: ClaudeCode) -> None:
    """A plugin's command with arguments, typed in the UI."""
    claude.model.script([say("Ada, Grace, and Hedy.")])
    with claude.interactive(*ALLOWED) as terminal:
        terminal.submit("/recorder:names and Hedy")
        terminal.answered("Ada, Grace, and Hedy.")
        happened(claude, "Stop")
        terminal.leave()

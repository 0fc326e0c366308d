"""Handing over what was read of a transcript, as the import does."""

from contextlib import closing
from pathlib import Path

from benchmarks.importing import write_transcripts
from tests.fixtures.served import Served

from holdfast.hosts.claude_code.transcript import Reader
from holdfast.journal.tail import Batch, Position, next_batch


def test_who_hands_over_a_batch_is_told_where_to_read_on_also_when_another_took_it(tmp_path: Path) -> None:
    served = Served(tmp_path)
    write_transcripts(tmp_path / "transcripts", 20)
    (path,) = (tmp_path / "transcripts").iterdir()

    def read(position: Position) -> Batch:
        return next_batch(path, position, lambda state: Reader.resumed(frozenset(), state), chunk=4_000)

    with closing(served.database):
        first = read(Position(**served("import.position", path=str(path))))
        taken = served("import.take", batch=first.dump())
        second = read(Position(**taken["position"]))
        assert taken["new"] == len(first.drafts)
        assert second.start == first.position.read_to

        third = read(Position(**served("import.take", batch=second.dump())["position"]))
        served("import.take", batch=third.dump())
        late = served("import.take", batch=second.dump())
        assert late["new"] == 0
        assert Position(**late["position"]) == third.position

"""What the five systems that holdfast succeeds document for their users, each line tied to the tests that show it.

An id is `system:feature`. `tests` are `file::test` below `tests/`. A line without tests is either `later` (its part of
holdfast does not exist yet) or a `deviation`: holdfast does it otherwise, and why. `test_requirements.py` holds this
table and the tests together.
"""

from dataclasses import dataclass

__all__ = ["REQUIREMENTS", "Requirement"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One documented feature: in whose documents, what it says, and what shows or replaces it."""

    says: str
    tests: tuple[str, ...] = ()
    deviation: str = ""
    later: str = ""


_MAIN = "hosts/test_main_job.py::"
_SESSIONS = "hosts/test_sessions.py::"
_BACK = "hosts/test_coming_back.py::"
_HOOK = "faults/test_hook.py::"
_JOURNAL = "property/test_journal.py::"
_PROJECTS = "unit/journal/test_projects.py::"
_CARRY = "integration/cli/test_carrying.py::"
_SEE = "integration/cli/test_seeing.py::"
_KEEP = "integration/cli/test_keeping.py::"
_GIVE = "integration/cli/test_giving.py::"
_STATUS = "integration/cli/test_status.py::"
_OGMEMORY = "integration/api/test_ogmemory.py::"
_TOOLS = "unit/tools/"
_HOST_TOOLS = "hosts/test_tools.py::"
_BRIDGE = "integration/mcp/"

PREDECESSORS = "the routes of the predecessors' own services"
TOOLS = "the MCP tools"
OBSERVER = "the optional observer model"
VIEWER = "the viewer"
HUB = "the hub and sync"
OPENCODE = "the OpenCode plugin"
OPENCLAW = "the OpenClaw plugin"

REQUIREMENTS: dict[str, Requirement] = {
    # oGMemory's Claude Code plugin
    "ogmemory:post-tool-use": Requirement(
        "PostToolUse appends input and output, truncated, of Write, Edit, MultiEdit, Bash and NotebookEdit only",
        (
            f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",
            f"{_HOOK}test_ten_megabytes_keep_head_tail_and_true_length",
        ),
    ),
    "ogmemory:same-buffer": Requirement(
        "tool calls and the transcript's turns end in one session, in order",
        (f"{_JOURNAL}test_any_order_and_repetition_of_hooks_and_lines_gives_one_journal",),
    ),
    "ogmemory:user-prompt-submit": Requirement(
        "UserPromptSubmit gives what was found and the profile as additionalContext",
        (
            f"{_BACK}test_a_note_comes_with_the_prompt_that_it_matters_for_and_once",
            "unit/test_giving.py::test_a_prompt_is_given_the_notes_that_matter_for_it",
            f"{_GIVE}test_pack_shows_to_the_byte_what_a_session_is_given_with_a_prompt",
        ),
    ),
    "ogmemory:stop-incremental": Requirement(
        "Stop sends the transcript from where the last time ended, in print mode too",
        (
            f"{_JOURNAL}test_a_transcript_that_arrives_byte_by_byte_is_read_as_one_that_was_there",
            f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",
        ),
    ),
    "ogmemory:pre-compact": Requirement(
        "what was said is stored before a compaction",
        (f"{_SESSIONS}test_after_a_compaction_the_notes_are_given_again",),
    ),
    "ogmemory:one-module": Requirement(
        "all hooks share one client, work from any folder, and use the standard library only",
        (
            "test_architecture.py::test_the_edge_imports_the_standard_library_only",
            f"{_HOOK}test_the_first_hook_starts_the_daemon_and_is_answered",
        ),
    ),
    "ogmemory:silent": Requirement(
        "a hook ends with 0 whatever happens and speaks on standard error only when asked",
        (
            f"{_HOOK}test_a_payload_that_makes_no_sense_changes_nothing",
            f"{_HOOK}test_debug_speaks_on_standard_error_and_only_there",
        ),
    ),
    "ogmemory:offset-sidecar": Requirement(
        "a `.ingest-offset` file beside the transcript shows how far it was read",
        deviation="positions are in the store, in the transaction that takes the lines: a file beside them is lost or "
        "doubled by a crash. `holdfast status` and `doctor` show what was stored; a sidecar left there is no obstacle.",
    ),
    "ogmemory:compose": Requirement(
        "/og-compose prints the whole block for a query",
        (
            f"{_HOST_TOOLS}test_a_command_gives_the_model_its_words_and_the_tool",
            f"{_TOOLS}test_finding.py::test_context_for_a_question_is_what_a_prompt_would_be_given",
        ),
    ),
    "ogmemory:add-history": Requirement(
        "/og-add-history imports the project's past transcripts, each once",
        (
            f"{_CARRY}test_the_transcripts_of_this_folders_project_are_found",
            f"{_CARRY}test_past_transcripts_are_read_once",
            f"{_HOST_TOOLS}test_the_size_of_the_history_is_told_before_it_is_read",
        ),
    ),
    "ogmemory:marketplace": Requirement(
        "the plugin is installed from a marketplace, or by --plugin-dir",
        (
            f"{_SESSIONS}test_the_plugin_is_valid_for_both_versions",
            f"{_MAIN}test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
        ),
    ),
    "ogmemory:api": Requirement(
        "compose, after_turn, sessions/{id}/messages and health over HTTP",
        (
            f"{_OGMEMORY}test_a_session_of_its_plugin_is_in_the_journal_each_thing_once_and_in_order",
            f"{_OGMEMORY}test_a_prompt_is_given_all_sections_in_the_order_of_its_plugin",
            f"{_OGMEMORY}test_compose_answers_every_documented_field",
            "integration/api/test_admission.py::test_health_proves_that_it_knows_the_token_and_tells_nothing_else",
        ),
    ),
    "ogmemory:key": Requirement(
        "with OG_AUTH_API_KEY set, X-API-Key, X-Account-ID and X-User-ID are sent",
        (f"{_OGMEMORY}test_without_the_key_its_scripts_are_silent_and_nothing_is_kept",),
    ),
    # codemem
    "codemem:sqlite-artifacts": Requirement(
        "each session leaves its work in SQLite without being asked",
        (f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",),
    ),
    "codemem:stats-recent": Requirement(
        "commands confirm what was stored lately",
        (
            f"{_STATUS}test_status_tells_what_was_heard_stored_and_kept",
            f"{_KEEP}test_what_is_kept_is_found_listed_and_shown",
        ),
    ),
    "codemem:hooks": Requirement(
        "SessionStart, UserPromptSubmit, PostToolUse, PostToolUseFailure, Stop and SessionEnd are registered",
        (
            f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",
            f"{_JOURNAL}test_each_source_alone_tells_what_it_can_see_and_no_more",
        ),
    ),
    "codemem:hook-from-stdin": Requirement(
        "one hook payload can be handed over by hand from standard input",
        (f"{_STATUS}test_status_tells_what_was_heard_stored_and_kept",),
    ),
    "codemem:durable-spool": Requirement(
        "a payload that nobody takes is kept on disk and taken up later",
        (
            f"{_HOOK}test_a_capture_hook_without_a_daemon_spools_starts_one_and_is_drained",
            f"{_JOURNAL}test_what_hooks_had_to_spool_gives_the_same_journal",
        ),
    ),
    "codemem:no-latency": Requirement(
        "a prompt waits for nothing that is slow: bounded time-outs, no download at prompt time",
        (
            f"{_HOOK}test_a_hung_daemon_does_not_hold_the_host_up_and_nothing_is_lost",
            f"{_SESSIONS}test_a_hung_daemon_does_not_keep_the_user_from_working",
        ),
    ),
    "codemem:boundary-flush": Requirement(
        "SessionEnd keeps everything without waiting for a timer",
        (f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",),
    ),
    "codemem:project-precedence": Requirement(
        "CODEMEM_PROJECT first, then the repository of the folder, then what the payload says",
        (
            f"{_PROJECTS}test_a_name_comes_before_everything",
            f"{_PROJECTS}test_the_repository_of_the_working_folder_comes_before_the_hosts_folder",
        ),
    ),
    "codemem:project-label": Requirement(
        "a project is shown by its last part, Windows paths by the rules of Windows on every system",
        (f"{_PROJECTS}test_a_label_is_the_last_part_by_the_rules_of_the_system_it_comes_from",),
    ),
    "codemem:shared-project-name": Requirement(
        "several hosts with the same name share one project",
        (f"{_PROJECTS}test_the_same_name_in_two_hosts_is_one_project",),
    ),
    "codemem:troubleshooting": Requirement(
        "a check says whether plugin, daemon and store fit together",
        (
            "integration/cli/test_doctor.py::test_a_whole_chain_is_ok_and_says_so",
            "integration/cli/test_doctor.py::test_a_link_that_is_gone_is_told",
        ),
    ),
    "codemem:backlog": Requirement(
        "what waits and what failed is shown, and can be tried again",
        (
            f"{_STATUS}test_status_tells_what_waits_and_what_was_set_aside",
            "integration/cli/test_doctor.py::test_events_that_were_set_aside_are_told_and_tried_again",
        ),
    ),
    "codemem:restart": Requirement(
        "serve --restart",
        ("integration/cli/test_daemon.py::test_a_daemon_that_does_not_answer_is_replaced_by_a_restart",),
    ),
    "codemem:ignore": Requirement(
        "a variable keeps one process out",
        (
            f"{_HOOK}test_an_ignored_process_is_not_recorded_by_hook_or_transcript",
            f"{_SESSIONS}test_an_ignored_session_leaves_nothing_and_is_not_imported_later",
        ),
    ),
    "codemem:retention": Requirement(
        "raw events older than a setting are deleted",
        ("unit/store/test_care_retention.py::*",),
    ),
    "codemem:inject-switch": Requirement(
        "giving notes can be switched off and bounded",
        (
            f"{_BACK}test_a_place_that_is_switched_off_is_given_nothing_and_no_pack_is_ever_cut",
            "unit/test_giving.py::test_each_place_can_be_switched_off",
        ),
    ),
    "codemem:version-skew": Requirement(
        "a plugin and a program of different versions notice and tell",
        (
            f"{_HOOK}test_a_newer_program_on_disk_takes_over_without_losing_a_hook",
            "faults/test_local_machine.py::test_a_frame_of_another_wire_is_not_answered_and_the_hook_keeps_its_copy",
        ),
    ),
    "codemem:runner": Requirement(
        "CODEMEM_RUNNER chooses uv, uvx or a program",
        deviation="the launcher names its interpreter and the daemon's command; nothing is looked up or downloaded "
        "when a hook runs.",
    ),
    "codemem:pack-for-prompt": Requirement(
        "a pack for each prompt, 8 items, 800 tokens",
        (
            f"{_BACK}test_a_note_comes_with_the_prompt_that_it_matters_for_and_once",
            f"{_GIVE}test_pack_says_of_each_item_why_it_is_there_and_of_the_others_why_not",
            "unit/test_giving.py::test_a_prompt_is_given_at_most_so_many_items",
        ),
        deviation="5 items and 400 tokens, and nothing at all when nothing matters; both are settings.",
    ),
    "codemem:pack-command": Requirement(
        "`pack CONTEXT` prints the block",
        (f"{_GIVE}test_pack_shows_to_the_byte_what_a_session_is_given_with_a_prompt",),
    ),
    "codemem:no-duplicates-in-context": Requirement(
        "an item is not injected again in the same session",
        (
            "unit/test_giving.py::test_nothing_is_given_twice_until_it_changes_or_the_session_is_compacted",
            f"{_BACK}test_a_resumed_session_and_a_fork_are_given_nothing_twice",
        ),
    ),
    "codemem:raw-events-http": Requirement("POST /api/claude-hooks and /api/raw-events", later=PREDECESSORS),
    "codemem:observer": Requirement("a model distils batches of events", later=OBSERVER),
    "codemem:viewer": Requirement("a viewer at a printed address", later=VIEWER),
    "codemem:opencode": Requirement("the OpenCode plugin with mem-status, mem-stats, mem-recent", later=OPENCODE),
    # the Hindsight-backed OpenClaw plugin
    "hindsight:openclaw-slot": Requirement(
        "a memory plugin for OpenClaw: tools, services, lifecycle hooks", later=OPENCLAW
    ),
    # engram
    "engram:session-tracking": Requirement(
        "sessions are tracked without being asked", (f"{_SEE}test_sessions_are_listed_with_what_was_asked_first",)
    ),
    "engram:start-server": Requirement(
        "a session's start ensures that the server runs",
        (f"{_HOOK}test_the_first_hook_starts_the_daemon_and_is_answered",),
    ),
    "engram:previous-context": Requirement(
        "a new session is given the context of those before",
        (
            f"{_BACK}test_each_session_begins_with_what_the_one_before_it_left",
            f"{_MAIN}test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
        ),
    ),
    "engram:compaction-recovery": Requirement(
        "after a compaction the context is given again",
        (
            f"{_BACK}test_after_a_compaction_a_session_knows_where_it_stood_and_what_holds",
            f"{_SESSIONS}test_after_a_compaction_the_notes_are_given_again",
        ),
    ),
    "engram:setup": Requirement(
        "`engram setup claude-code` installs the plugin through the host",
        (
            f"{_MAIN}test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
            "integration/cli/test_doctor.py::test_setup_that_was_done_can_be_done_again",
        ),
    ),
    "engram:private-tags": Requirement(
        "<private> is taken out before data leaves the process, and again before a write",
        (
            f"{_HOOK}test_private_words_are_not_kept_even_in_the_spool",
            "property/test_guard.py::test_private_tags_and_fences_never_raise_and_settle",
        ),
    ),
    "engram:topic-upsert": Requirement("saving under the same topic key revises", ("unit/store/test_log.py::*topic*",)),
    "engram:export-import": Requirement(
        "export and import of everything", (f"{_CARRY}test_an_export_carries_everything_to_another_home",)
    ),
    "engram:delete": Requirement(
        "soft deletion and hard deletion",
        (
            f"{_KEEP}test_forgotten_is_found_no_more_and_comes_back",
            "integration/cli/test_erasing.py::test_an_erased_memory_leaves_the_disk",
        ),
    ),
    "engram:subagent-capture": Requirement(
        "a sub-agent's report is kept when it ends",
        (f"{_SESSIONS}test_what_a_sub_agent_is_told_is_not_the_owners_word_and_its_report_is_kept",),
    ),
    "engram:passive-capture": Requirement(
        "items under a heading of learnings, in English or Spanish, become memories",
        (
            f"{_BACK}test_what_a_sub_agent_lists_as_learned_is_kept_as_its_word",
            f"{_GIVE}test_what_an_agent_lists_as_learned_is_drawn_and_show_says_why",
            "unit/distill/test_drawing.py::*learn*",
        ),
    ),
    "engram:tools": Requirement(
        "mem_* tools in profiles",
        (
            f"{_TOOLS}test_table.py::test_the_profiles_have_the_tools_of_the_predecessors",
            f"{_TOOLS}test_saving.py::*",
            f"{_TOOLS}test_finding.py::test_what_speaks_for_or_against_a_note_stands_below_it",
            f"{_TOOLS}test_sessions.py::test_a_session_without_hooks_leaves_its_summary_to_the_next",
            f"{_BRIDGE}test_client.py::test_the_official_client_lists_calls_and_reads",
            f"{_HOST_TOOLS}test_a_note_that_the_agent_saves_in_one_session_is_found_in_the_next",
        ),
    ),
    "engram:protocol": Requirement(
        "the Memory Protocol as a skill",
        (
            f"{_HOST_TOOLS}test_the_memory_protocol_is_offered_as_a_skill",
            f"{_TOOLS}test_table.py::test_when_to_save_and_when_to_search_stands_in_the_first_240_characters",
        ),
    ),
    "engram:judging": Requirement(
        "a save names candidates of conflict, a verdict is recorded, searches show it",
        (
            "integration/cli/test_conflicts.py::test_what_may_disagree_is_named_judged_and_no_longer_given",
            "unit/operations/test_conflicts.py::test_a_save_names_what_may_disagree_with_it",
            "unit/operations/test_conflicts.py::test_a_verdict_is_answered_whole",
            "unit/operations/test_conflicts.py::test_what_is_no_judgment_or_verdict_changes_nothing",
            "property/test_relations.py::TestRelations",
            f"{_TOOLS}test_saving.py::test_what_a_note_may_contradict_is_named_judged_and_shown_beside_it",
        ),
    ),
    "engram:opencode": Requirement("the OpenCode plugin", later=OPENCODE),
    "engram:git-sync": Requirement("git-synced chunks and cloud", later=HUB),
    # claude-memory-mcp
    "memory-mcp:local-first": Requirement(
        "works at once with local SQLite, without a server or an account",
        (
            "faults/test_local_machine.py::test_the_daemon_listens_on_no_network",
            f"{_KEEP}test_what_is_kept_is_found_listed_and_shown",
        ),
    ),
    "memory-mcp:remember": Requirement(
        "a fact is remembered with category, tags and importance",
        (f"{_KEEP}test_what_is_kept_is_found_listed_and_shown",),
    ),
    "memory-mcp:recall": Requirement(
        "memories are found by words", (f"{_SEE}test_words_of_a_session_are_found_beside_memories",)
    ),
    "memory-mcp:list": Requirement("recent memories, by category", (f"{_SEE}test_search_can_be_kept_to_a_kind",)),
    "memory-mcp:bound": Requirement(
        "content over 1,400 characters is refused before any write", ("unit/memory/test_draft.py::*",)
    ),
    "memory-mcp:compaction-survival": Requirement(
        "memories are given again after a compaction",
        (
            f"{_BACK}test_after_a_compaction_a_session_knows_where_it_stood_and_what_holds",
            f"{_SESSIONS}test_after_a_compaction_the_notes_are_given_again",
        ),
    ),
    "memory-mcp:auto-learn": Requirement(
        "preferences are drawn from the conversation",
        (f"{_MAIN}test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",),
        deviation="by rules over the owner's own words; no model is called behind the user's back.",
    ),
    "memory-mcp:debug": Requirement(
        "a variable makes hooks speak on standard error",
        (f"{_HOOK}test_debug_speaks_on_standard_error_and_only_there",),
    ),
    "memory-mcp:soft-delete": Requirement(
        "what was deleted does not come back",
        (
            "property/test_log.py::*",
            "integration/cli/test_erasing.py::test_an_erased_session_is_gone_and_its_transcript_does_not_bring_it_back",
        ),
    ),
    "memory-mcp:offline-queue": Requirement(
        "nothing is lost while the server is away",
        ("faults/test_kill_rounds.py::test_seeded_kills_lose_nothing_and_double_nothing",),
    ),
    "memory-mcp:migrations": Requirement(
        "migrations run by themselves at start", ("faults/test_store_migration.py::*",)
    ),
    "memory-mcp:tools": Requirement(
        "memory_store, memory_recall, memory_list, memory_delete, secret_get",
        (
            f"{_TOOLS}test_caring.py::test_a_memory_is_stored_recalled_listed_and_deleted_in_the_words_of_the_contract",
            f"{_TOOLS}test_caring.py::test_a_secret_in_a_stored_memory_is_sealed_and_given_back_on_request",
        ),
    ),
    "memory-mcp:secrets": Requirement(
        "secrets are sealed or kept in Vault",
        (
            "unit/test_safe.py::*",
            "unit/test_rescan.py::*",
            "property/test_sealing.py::*",
            "faults/test_sealed.py::*",
            "integration/cli/test_secrets.py::*",
            f"{_TOOLS}test_caring.py::test_a_secret_in_a_stored_memory_is_sealed_and_given_back_on_request",
        ),
        deviation="sealed in the store, under a key of the user's own; no server is asked to keep them.",
    ),
    "memory-mcp:auto-approve": Requirement(
        "memory tools are approved without a question",
        (
            f"{_TOOLS}test_table.py::test_what_reads_and_saves_is_let_through_and_what_deletes_or_unseals_is_asked",
            f"{_BRIDGE}test_permission.py::*",
            f"{_HOST_TOOLS}test_the_owner_is_not_asked_before_a_note_is_saved",
        ),
        deviation="deleting, merging projects and secret_get are always asked.",
    ),
    "memory-mcp:sync": Requirement("hybrid sync with a server", later=HUB),
    "memory-mcp:multi-user": Requirement("isolated users on one server", later=HUB),
}

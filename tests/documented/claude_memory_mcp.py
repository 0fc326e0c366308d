"""What claude-memory-mcp documents of its tools, hooks, commands and settings, line by line.

Its server, the synchronisation with it and its routes belong to other parts of holdfast: one line each.
"""

from tests.documented.requirement import (
    HUB,
    IMPORTS,
    OPENCLAW,
    PREDECESSORS,
    Requirement,
    later,
    otherwise,
    shown,
    together,
)

__all__ = ["CLAUDE_MEMORY_MCP"]

_CARE = "unit/tools/test_caring.py::"
_TABLE = "unit/tools/test_table.py::"
_PLUGIN = "unit/hosts/test_plugin.py::"
_HOST = "hosts/test_tools.py::"
_BACK = "hosts/test_coming_back.py::"
_GIVING = "unit/test_giving.py::"
_BRIDGE = "integration/mcp/test_bridge.py::"
_DRAWING = "unit/distill/test_drawing.py::"
_PERMISSION = "integration/mcp/test_permission.py::"
_CLI = "integration/cli/"
_STORED = f"{_CARE}test_a_memory_is_stored_recalled_listed_and_deleted_in_the_words_of_the_contract"

# -- the tools --
_TOOLS: dict[str, Requirement] = {
    "memory-mcp:tools": shown(
        "memory_store, memory_recall, memory_list, memory_delete, secret_get; later memory_count",
        f"{_TABLE}test_the_profiles_have_the_tools_of_the_predecessors",
        f"{_BRIDGE}test_only_the_chosen_tools_are_offered_and_answered",
        but="`holdfast mcp --tools=memory`; the default are the tools of the agent profile.",
    ),
    "memory-mcp:parameters": shown(
        "each tool's parameters, which are needed, their defaults",
        f"{_TABLE}test_every_tool_has_the_parameters_of_its_contract",
    ),
    "memory-mcp:memory_store": shown(
        "content, category (facts, preferences, projects, people, decisions), tags, importance 0.5, expanded_keywords "
        "(five words asked for, not enforced), force_sensitive: `Stored memory #N in category 'c' with importance 0.5`",
        _STORED,
        f"{_CARE}test_every_category_is_kept_shown_and_found_by",
        f"{_CARE}test_keywords_and_expanded_words_are_asked_for_and_can_be_left_out",
        f"{_CARE}test_what_is_too_long_or_out_of_bounds_is_told_or_brought_to_the_nearest",
        but="the category may be any word; what says the same is counted and told as `Memory #N says so already`.",
    ),
    "memory-mcp:keywords": shown(
        "expanded keywords are searched",
        f"{_CARE}test_keywords_are_searched_and_never_shown",
        f"{_CARE}test_as_many_keywords_as_the_contract_allows_are_found_one_by_one",
    ),
    "memory-mcp:force_sensitive": shown(
        "force_sensitive keeps the content out of sight",
        f"{_CARE}test_what_is_stored_as_sensitive_is_kept_out_of_everything_but_secret_get",
        but="and out of the store in clear, which a flag alone does not.",
    ),
    "memory-mcp:memory_recall": shown(
        "context and expanded_query (which may be missing), category, sort_by, 10: `Found N memories (by relevance):`, "
        "`#id [category] (importance: x.x) content` and a line of tags and time; `No memories found matching: …`",
        _STORED,
        f"{_CARE}test_keywords_and_expanded_words_are_asked_for_and_can_be_left_out",
        f"{_CARE}test_ten_are_recalled_and_twenty_listed_unless_others_are_asked_for",
        f"{_CARE}test_a_recall_can_be_ordered_otherwise",
        f"{_CARE}test_a_memory_of_one_folder_is_recalled_in_another",
        but="at most 50; also by recency; what the folder's project keeps is found beside the user's own.",
    ),
    "memory-mcp:ranking": shown(
        "all words, else any of them; relevance × 0.7 + importance × 0.3, or 0.4 and 0.6 by importance",
        "unit/recall/test_find.py::test_what_has_more_of_the_words_comes_first",
        "unit/recall/test_find.py::test_relevance_hardly_depends_on_how_much_else_there_is",
        f"{_CARE}test_a_recall_can_be_ordered_otherwise",
        but="by relevance alone, in one measure for stores of any size; by importance, the best are ordered by it.",
    ),
    "memory-mcp:progress": otherwise(
        "a recall tells its progress when the caller asks for it", "a recall takes milliseconds; there is none to tell."
    ),
    "memory-mcp:memory_list": shown(
        "category, 20: `Recent memories (N shown):`, `No memories stored yet`",
        _STORED,
        f"{_CARE}test_a_category_is_kept_to_and_defaults_to_facts",
        f"{_CARE}test_ten_are_recalled_and_twenty_listed_unless_others_are_asked_for",
        but="at most 100.",
    ),
    "memory-mcp:memory_delete": shown(
        "`Deleted memory #N: <50 characters>...`, `Memory #N not found`",
        _STORED,
        f"{_CARE}test_what_was_deleted_is_told_by_its_first_fifty_characters_and_comes_back_by_its_owner",
        but="its owner can bring it back.",
    ),
    "memory-mcp:secret_get": shown(
        "the content, or that it is not sensitive",
        f"{_CARE}test_each_sort_of_secret_is_found_sealed_and_given_back",
        f"{_CARE}test_of_what_is_not_sensitive_that_is_told_and_of_what_is_not_there_an_error",
        f"{_CARE}test_a_secret_in_a_stored_memory_is_sealed_and_given_back_on_request",
        but="each reading leaves a line in the audit, and the user is asked.",
    ),
    "memory-mcp:memory_count": shown(
        "counts; orphans, operations that wait, the last synchronisation, the state of the login",
        _STORED,
        but="of what is kept, by kind; the rest is about a server that is not there.",
    ),
    "memory-mcp:errors": shown(
        "an unknown tool and an error are results with isError",
        f"{_BRIDGE}test_only_the_chosen_tools_are_offered_and_answered",
        "unit/tools/test_finding.py::test_a_failure_inside_is_a_result_that_says_so",
    ),
    "memory-mcp:detection": shown(
        "private keys, AWS ids, GitHub tokens, connection strings, basic and bearer, API keys, passwords, tokens, hex "
        "keys, generic secrets; `[REDACTED:type]`, and `[SENSITIVE - use secret_get(id=N)]` in a recall",
        f"{_CARE}test_each_sort_of_secret_is_found_sealed_and_given_back",
        "unit/guard/test_redact.py::test_nothing_is_left_of_a_made_up_secret_wherever_it_stands",
        but="`[redacted:rule]`. A hexadecimal number is one when it is called a key: commits and digests are not.",
    ),
    "memory-mcp:bound": shown(
        "content over 1,400 characters is refused before any write",
        f"{_CARE}test_what_is_too_long_or_out_of_bounds_is_told_or_brought_to_the_nearest",
        "unit/memory/test_draft.py::test_a_longer_body_is_refused_with_its_length_and_what_to_do",
        "unit/memory/test_draft.py::test_a_body_of_1400_characters_is_kept_whole",
    ),
    "memory-mcp:soft-delete": shown(
        "a deletion marks the row, so that what was deleted does not come back",
        f"{_CARE}test_what_was_deleted_is_told_by_its_first_fifty_characters_and_comes_back_by_its_owner",
        "integration/cli/test_keeping.py::test_forgotten_is_found_no_more_and_comes_back",
        "property/test_log.py::*",
        "integration/cli/test_erasing.py::test_an_erased_session_is_gone_and_its_transcript_does_not_bring_it_back",
    ),
    "memory-mcp:links": shown(
        "supersedes: the successor is served instead; resolved-by, part-of, see-also: what they point at is added",
        f"{_CARE}test_what_speaks_for_or_against_a_memory_stands_below_it",
        "unit/test_serving.py::test_a_prompt_is_given_what_holds_instead_of_what_was_superseded_once",
        but="a verdict says how two memories stand to each other: packs serve the successor, a recall puts it first "
        "and says so. There are no other links.",
    ),
    "memory-mcp:category-folding": shown(
        "other words for a category are folded into it (gotcha, infra, bug); unknown ones are refused",
        "unit/memory/test_kinds.py::test_other_names_are_understood_whatever_their_spelling",
        f"{_CARE}test_every_category_is_kept_shown_and_found_by",
        but="an unknown one is kept as it was said.",
    ),
    "memory-mcp:tag-limits": shown(
        "tags and keywords of at most 500 characters",
        "unit/memory/test_draft.py::test_lists_are_tidied_and_bounded",
        f"{_CARE}test_as_many_keywords_as_the_contract_allows_are_found_one_by_one",
        but="32 tags and 250 keywords of 80 characters each; beyond them the save is refused.",
    ),
    "memory-mcp:http-transport": later("the tools over streamable HTTP, from the server", HUB),
    "memory-mcp:sharing": later(
        "memory_share, memory_unshare, share tags, memory_my_shares, memory_shared_with_me", HUB
    ),
    "memory-mcp:update": shown(
        "memory_update",
        "unit/tools/test_saving.py::test_an_update_keeps_what_it_does_not_name",
        but="it is mem_update.",
    ),
}

# -- the plugin: commands and hooks --
_HOOKS: dict[str, Requirement] = {
    "memory-mcp:commands": shown(
        "/remember <fact> and /recall <query>",
        f"{_HOST}test_a_command_gives_the_model_its_words_and_the_tool",
        f"{_HOST}test_a_command_is_understood_where_it_is_typed",
        "hosts/test_commands.py::test_each_command_works_in_print_mode",
        "hosts/test_commands.py::test_each_command_works_in_the_interactive_ui",
        f"{_PLUGIN}test_a_command_is_allowed_what_it_says_to_call_and_nothing_that_is_asked",
        but="/holdfast:remember and /holdfast:recall.",
    ),
    "memory-mcp:skill": shown(
        "a skill of how to manage memories", f"{_HOST}test_the_memory_protocol_is_offered_as_a_skill"
    ),
    "memory-mcp:pre-compact": shown(
        "PreCompact writes the 20 most important memories into a marker file",
        f"{_GIVING}test_after_a_compaction_a_session_knows_where_it_stood",
        f"{_BACK}test_after_a_compaction_a_session_knows_where_it_stood_and_what_holds",
        but="no file is named after a session: what was said is in the journal, and the checkpoint is made of it.",
    ),
    "memory-mcp:compaction-survival": shown(
        "the first prompt after a compaction brings the memories back, once",
        f"{_BACK}test_after_a_compaction_a_session_knows_where_it_stood_and_what_holds",
        "hosts/test_sessions.py::test_after_a_compaction_the_notes_are_given_again",
        f"{_GIVING}test_nothing_is_given_twice_until_it_changes_or_the_session_is_compacted",
        but="at the session's start after a compaction, before the first prompt.",
    ),
    "memory-mcp:prompt-recall": shown(
        "UserPromptSubmit tells the model to call memory_recall; not for fewer than 10 characters, nor for a text that "
        "begins with a code fence, { or <",
        f"{_BACK}test_a_note_comes_with_the_prompt_that_it_matters_for_and_once",
        f"{_GIVING}test_a_prompt_that_asks_for_nothing_is_given_nothing",
        but="it gives the notes themselves, and nothing when none matters: no call has to be made.",
    ),
    "memory-mcp:auto-learn": shown(
        "Stop lets a model extract corrections and preferences from the conversation",
        "hosts/test_main_job.py::test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
        f"{_DRAWING}test_a_correction_says_what_shall_be_instead_of_what",
        f"{_DRAWING}test_a_preference_is_of_the_project_or_of_the_person",
        f"{_DRAWING}test_a_decision_of_the_owner_is_kept",
        but="by rules over the owner's own words; no model is called behind the user's back.",
    ),
    "memory-mcp:auto-approve": shown(
        "PermissionRequest approves every memory tool without a question, secret_get and deletion too",
        f"{_TABLE}test_what_reads_and_saves_is_let_through_and_what_deletes_or_unseals_is_asked",
        f"{_PERMISSION}*",
        f"{_HOST}test_the_owner_is_not_asked_before_a_note_is_saved",
        f"{_HOST}test_without_auto_approval_the_owner_is_asked",
        f"{_PLUGIN}test_the_host_asks_about_every_tool_of_ours_and_about_no_other",
        but="what deletes or merges takes something away, and what secret_get returns is in the conversation from then "
        "on: the user is asked.",
    ),
    "memory-mcp:debug": shown(
        "DEBUG_CLAUDE_MEMORY_HOOKS=1 makes hooks speak on standard error",
        "faults/test_hook.py::test_debug_speaks_on_standard_error_and_only_there",
        but="HOLDFAST_DEBUG=1.",
    ),
    "memory-mcp:disable-auto-approve": shown(
        "DISABLE_CLAUDE_MEMORY_AUTO_APPROVE=1",
        f"{_PERMISSION}test_it_can_be_switched_off_for_a_process_and_for_good",
        f"{_HOST}test_without_auto_approval_the_owner_is_asked",
        but="HOLDFAST_AUTO_APPROVE=0, or the setting tools.auto_approve.",
    ),
}

# -- modes, settings, the server --
_MODES: dict[str, Requirement] = {
    "memory-mcp:local-first": shown(
        "without a key: local SQLite with full text at once, no server and no account",
        "faults/test_local_machine.py::test_the_daemon_listens_on_no_network",
        _STORED,
    ),
    "memory-mcp:plugin-install": shown(
        "installed as a plugin, works at once",
        "hosts/test_main_job.py::test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
        "hosts/test_main_job.py::test_an_install_without_the_link_says_so_in_one_line",
        but="after `holdfast setup claude-code`: a plugin alone cannot bring a program along, and says so.",
    ),
    "memory-mcp:stdio-server": shown(
        "a stdio server that any settings file can name",
        f"{_BRIDGE}test_the_command_becomes_the_bridge",
        "integration/mcp/test_client.py::test_the_official_client_lists_calls_and_reads",
    ),
    "memory-mcp:several-sessions": shown(
        "several sessions share one store",
        f"{_BRIDGE}test_what_two_sessions_save_at_once_all_lands",
        f"{_CARE}test_a_memory_of_one_folder_is_recalled_in_another",
    ),
    "memory-mcp:home": shown(
        "~/.claude/claude-memory, moved by MEMORY_HOME",
        f"{_CLI}test_shape.py::test_a_home_with_a_long_name_works",
        but="~/.holdfast, moved by HOLDFAST_HOME.",
    ),
    "memory-mcp:verify": shown("storing and recalling a test memory shows that it works", _STORED),
    "memory-mcp:secrets": shown(
        "credentials are found and kept in Vault, or encrypted without it",
        f"{_CARE}test_a_secret_in_a_stored_memory_is_sealed_and_given_back_on_request",
        "unit/test_safe.py::*",
        "unit/test_rescan.py::*",
        "property/test_sealing.py::*",
        "faults/test_sealed.py::*",
        f"{_CLI}test_secrets.py::*",
        but="sealed in the store, under a key of the user's own; no server is asked to keep them.",
    ),
    "memory-mcp:encryption-key": shown(
        "MEMORY_ENCRYPTION_KEY, AES-256, in hexadecimal or as a passphrase",
        "unit/sealing/test_keys.py::test_what_is_given_goes_before_the_file",
        "unit/sealing/test_keys.py::test_a_passphrase_is_derived_with_the_salt_that_the_store_knows",
        f"{_CLI}test_secrets.py::test_a_key_from_the_environment_reaches_the_daemon_and_none_of_its_children",
        but="HOLDFAST_KEY; without it a key is drawn and kept in a file or the keyring.",
    ),
    "memory-mcp:migrate-secrets": shown(
        "secrets of older rows are found and sealed",
        f"{_CLI}test_secrets.py::test_secrets_stored_before_are_counted_then_sealed",
        "unit/test_rescan.py::test_what_a_memory_says_is_sealed_and_taken_out_of_every_place",
        but="a command, `holdfast secrets migrate`; the route comes with the others.",
    ),
    "memory-mcp:migrations": shown("migrations run by themselves at start", "faults/test_store_migration.py::*"),
    "memory-mcp:manual-migrations": otherwise(
        "`alembic upgrade head` by hand",
        "there is nothing to run: a store of any version is brought up when it is opened.",
    ),
    "memory-mcp:write-local-first": shown(
        "a write is on the local disk before anything else",
        "faults/test_durability.py::test_nothing_is_acknowledged_before_it_is_synced",
    ),
    "memory-mcp:offline-queue": shown(
        "what is written while the server is away waits, and is sent later",
        "faults/test_kill_rounds.py::test_seeded_kills_lose_nothing_and_double_nothing",
        "faults/test_hook.py::test_a_capture_hook_without_a_daemon_spools_starts_one_and_is_drained",
        f"{_BRIDGE}test_a_daemon_that_is_killed_over_a_call_keeps_its_note_once",
        f"{_BRIDGE}test_what_two_sessions_save_at_once_all_lands",
        but="the server is the daemon of this machine; that of the hub is another matter.",
    ),
    "memory-mcp:openclaw": later("an OpenClaw plugin that calls the routes", OPENCLAW),
    "memory-mcp:legacy-store": later("the database of an older version, or of metaclaw, is taken over", IMPORTS),
    "memory-mcp:other-settings": otherwise(
        "MEMORY_DB, MEMORY_RECALL_TIMEOUT 30, OLLAMA_HOST",
        "the store is a file of the home; a recall is local and waits for nobody; no model is asked.",
    ),
    "memory-mcp:sync": later("hybrid mode: a copy of the server's memories, synchronised in the background", HUB),
    "memory-mcp:multi-user": later("isolated users on one server", HUB),
    "memory-mcp:vault": later("Vault keeps secrets", HUB),
    "memory-mcp:api-url": later("MEMORY_API_URL and MEMORY_API_KEY, with their aliases CLAUDE_MEMORY_*", HUB),
    "memory-mcp:sync-settings": later("MEMORY_SYNC_INTERVAL, MEMORY_SYNC_DISABLE (HTTP-only mode)", HUB),
    "memory-mcp:server-deployment": later("API_KEYS, DATABASE_URL, Docker Compose, Helm, Kubernetes", HUB),
    "memory-mcp:routes": later(
        "its routes: memories, recall, sync, secret, migrate-secrets, import, categories, tags, stats, links",
        PREDECESSORS,
    ),
}

CLAUDE_MEMORY_MCP = together(_TOOLS, _HOOKS, _MODES)

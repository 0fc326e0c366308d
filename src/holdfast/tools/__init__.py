"""The agent's own tools, over MCP: one table, its profiles, and what each tool does by asking operations."""

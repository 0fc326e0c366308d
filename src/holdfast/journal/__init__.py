"""What hosts reported, stored once: events, keys, sightings, sessions, projects."""

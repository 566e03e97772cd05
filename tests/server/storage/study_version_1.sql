-- A study as version 1 of the tables held it: what the migration starts from.
BEGIN TRANSACTION;
CREATE TABLE chunks (
	match_id TEXT NOT NULL, 
	seat TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	episode INTEGER NOT NULL, 
	first_frame INTEGER NOT NULL, 
	last_frame INTEGER NOT NULL, 
	crc32 BIGINT NOT NULL, 
	data BLOB NOT NULL, 
	received_utc TEXT NOT NULL, 
	PRIMARY KEY (match_id, seat, seq), 
	FOREIGN KEY(match_id, seat) REFERENCES seats (match_id, seat)
);
CREATE TABLE commits (
	match_id TEXT NOT NULL, 
	"view" INTEGER NOT NULL, 
	"commit" JSON NOT NULL, 
	decided_utc TEXT NOT NULL, 
	PRIMARY KEY (match_id, "view"), 
	FOREIGN KEY(match_id) REFERENCES matches (match_id)
);
CREATE TABLE events (
	event_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	event TEXT NOT NULL, 
	at_utc TEXT NOT NULL, 
	session_id TEXT, 
	data JSON, 
	PRIMARY KEY (event_id), 
	UNIQUE ("key")
);
CREATE TABLE matches (
	match_id TEXT NOT NULL, 
	session_id TEXT NOT NULL, 
	scene_id TEXT NOT NULL, 
	episode_seeds JSON NOT NULL, 
	matchmaker JSON, 
	created_utc TEXT NOT NULL, 
	config JSON, 
	state TEXT, 
	started_utc TEXT, 
	ended_utc TEXT, 
	end_reason TEXT, 
	left_seat JSON, 
	connections JSON, 
	canonical_columns JSON, 
	local_columns JSON, 
	disagreement JSON, 
	PRIMARY KEY (match_id), 
	FOREIGN KEY(session_id) REFERENCES sessions (session_id)
);
INSERT INTO "matches" VALUES('m1','s1','game','[1, 2]',NULL,'2026-11-20T10:01:00Z',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE participants (
	participant_id TEXT NOT NULL, 
	session_id TEXT NOT NULL, 
	label TEXT, 
	created_utc TEXT NOT NULL, 
	attributes JSON, 
	status TEXT, 
	exit_reason TEXT, 
	completion_code TEXT, 
	ended_utc TEXT, 
	PRIMARY KEY (participant_id), 
	FOREIGN KEY(session_id) REFERENCES sessions (session_id)
);
INSERT INTO "participants" VALUES('p-1','s1','P001','2026-11-20T10:00:00Z','{}','completed','COMPLETED','SOUP','2026-11-20T10:09:00Z');
CREATE TABLE reports (
	match_id TEXT NOT NULL, 
	seat TEXT NOT NULL, 
	report JSON NOT NULL, 
	PRIMARY KEY (match_id, seat), 
	FOREIGN KEY(match_id, seat) REFERENCES seats (match_id, seat)
);
CREATE TABLE schema_version (
	version INTEGER NOT NULL
);
INSERT INTO "schema_version" VALUES(1);
CREATE TABLE seats (
	match_id TEXT NOT NULL, 
	seat TEXT NOT NULL, 
	"index" INTEGER NOT NULL, 
	role TEXT, 
	participant_id TEXT, 
	PRIMARY KEY (match_id, seat), 
	FOREIGN KEY(match_id) REFERENCES matches (match_id), 
	FOREIGN KEY(participant_id) REFERENCES participants (participant_id)
);
INSERT INTO "seats" VALUES('m1','0',0,'cook_a','p-1');
CREATE TABLE sessions (
	session_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	experiment_id TEXT NOT NULL, 
	experiment_version INTEGER NOT NULL, 
	config_hash TEXT NOT NULL, 
	environment_hash TEXT, 
	app_version TEXT NOT NULL, 
	started_utc TEXT NOT NULL, 
	ended_utc TEXT, 
	PRIMARY KEY (session_id)
);
INSERT INTO "sessions" VALUES('s1','live','two-cooks',3,'c','e','0.1.0','2026-11-20T10:00:00Z',NULL);
CREATE INDEX chunks_by_frame ON chunks (match_id, episode, last_frame);
COMMIT;

-- Times are milliseconds since 1970. What a column holds is told where it is not plain.
CREATE TABLE workflow (                        -- one row for every subject, born with the first event that names it
  id INTEGER PRIMARY KEY,
  subject TEXT NOT NULL UNIQUE,
  consumer TEXT,                               -- type of its orchestrator or resumable; null: no workflow
  version TEXT,
  parent BIGINT,                               -- id of the workflow that began it
  revision BIGINT NOT NULL DEFAULT 0,
  record TEXT,
  status TEXT NOT NULL DEFAULT 'new',          -- new active done failed
  control TEXT NOT NULL DEFAULT 'run',         -- run pause cancel
  due BIGINT,                                  -- when its lane has work; null: never
  busy BIGINT,                                 -- the worker that holds its lane
  epoch BIGINT NOT NULL DEFAULT 0,             -- how often the lane was claimed: the fence
  changed BIGINT NOT NULL
);
CREATE INDEX workflow_due ON workflow (consumer, version, due) WHERE busy IS NULL AND due IS NOT NULL AND control = 'run';
CREATE INDEX workflow_busy ON workflow (busy) WHERE busy IS NOT NULL;
CREATE INDEX workflow_parent ON workflow (parent) WHERE parent IS NOT NULL;

CREATE TABLE delivery (                        -- queue, inbox, outbox and history in one
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  workflow BIGINT NOT NULL,                    -- id of the subject's row
  consumer TEXT NOT NULL,
  version TEXT NOT NULL,                       -- '': any
  domain TEXT NOT NULL,                        -- '': the local flow
  event_id TEXT NOT NULL,
  lane BOOLEAN NOT NULL,                       -- handled in order, by the workflow of its subject
  cause BIGINT,                                -- seq of the delivery that led to it; null: published
  state SMALLINT NOT NULL,                     -- 0 waiting 1 claimed 2 done 3 dead 4 dropped; in a lane never 1: the workflow is claimed
  due BIGINT NOT NULL,
  tries INTEGER NOT NULL,                      -- claims; in a lane more than 0 means: goes before all others
  worker BIGINT,
  epoch BIGINT NOT NULL,
  failures TEXT,                               -- JSON list of causes
  done BIGINT,
  event TEXT NOT NULL,
  UNIQUE (workflow, consumer, domain, event_id)
);
CREATE INDEX delivery_due ON delivery (consumer, version, due, seq) WHERE state = 0 AND NOT lane AND domain = '';
CREATE INDEX delivery_lane ON delivery (workflow, tries = 0, seq) WHERE state = 0 AND lane;
CREATE INDEX delivery_worker ON delivery (worker) WHERE state = 1;
CREATE INDEX delivery_cause ON delivery (cause) WHERE cause IS NOT NULL;
CREATE INDEX delivery_dead ON delivery (seq) WHERE state = 3;
CREATE INDEX delivery_domain ON delivery (domain, seq) WHERE state = 0 AND domain <> '';

CREATE TABLE worker (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, until BIGINT NOT NULL);
CREATE TABLE local_domain (name TEXT PRIMARY KEY);

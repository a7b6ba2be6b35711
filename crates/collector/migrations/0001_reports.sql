-- One row per report that was stored. `day` counts days since 1970-01-01 (UTC) and is all that is kept of when it came.
CREATE TABLE reports (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE CHECK (length(key) = 16),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    site TEXT NOT NULL,
    bucket INTEGER NOT NULL, -- when its window begins: seconds since 1970-01-01T00:00Z
    width INTEGER NOT NULL,  -- how long the window is, in seconds
    day INTEGER NOT NULL
) STRICT;

CREATE INDEX reports_by_bucket ON reports (bucket, site);
CREATE INDEX reports_by_day ON reports (day);

-- Its counts. A segment has its number twice; 9007199254740992 (2^53, no segment's number) in both means the entry.
CREATE TABLE cells (
    report INTEGER NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    entry TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    count INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (report, entry, first, last)
) STRICT, WITHOUT ROWID;

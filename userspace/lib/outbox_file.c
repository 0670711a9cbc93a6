// SPDX-License-Identifier: GPL-2.0-or-later
/* The file that an outbox is in: opened as it must be, and used by one process at a time. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger_sql.h"
#include "outbox.h"

/* Others write for a moment only. */
#define BUSY_MS 5000

static int say(char *err, size_t size, int ret, const char *path, const char *what)
{
	snprintf(err, size, "%s: %s", path, what);
	return ret;
}

/*
 * A new file is nobody else's business; SQLite gives its log the same mode. One that is
 * there is not opened here: closing it would end SQLite's locks on it in this process.
 */
static int make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	close(fd);
	return 0;
}

int ovpp_outbox_database(const char *path, sqlite3 **out, char *err, size_t size)
{
	sqlite3 *sql = NULL;
	int ret = make_file(path);

	if (ret)
		return say(err, size, ret, path, strerror(-ret));
	ret = ovpp_sql_errno(
		sqlite3_open_v2(path, &sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
	if (!ret)
		ret = ovpp_sql_errno(sqlite3_busy_timeout(sql, BUSY_MS));
	/* As the ledger has it. */
	if (!ret)
		ret = ovpp_sql_exec(sql, "PRAGMA journal_mode = WAL;"
					 "PRAGMA synchronous = FULL;"
					 "PRAGMA wal_autocheckpoint = 2000;");
	if (!ret)
		ret = ovpp_outbox_create(sql);
	if (ret) {
		say(err, size, ret, path, sql ? sqlite3_errmsg(sql) : strerror(-ret));
		sqlite3_close(sql);
		return ret;
	}
	*out = sql;
	return 0;
}

/* What root makes the daemon has to open, too, whose database it is. Best effort. */
static void give(int fd, const char *database)
{
	struct stat st;

	if (!geteuid() && !stat(database, &st) && fchown(fd, st.st_uid, st.st_gid))
		return;
}

int ovpp_outbox_lock(const char *database, char *err, size_t size)
{
	char path[4096];
	int fd, ret;

	if (snprintf(path, sizeof(path), "%s.outbox.lock", database) >= (int)sizeof(path))
		return say(err, size, -ENAMETOOLONG, database, strerror(ENAMETOOLONG));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0) {
		ret = -errno;
		return say(err, size, ret, path, strerror(-ret));
	}
	give(fd, database);
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	ret = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(fd);
	return say(err, size, ret, path,
		   ret == -EBUSY ? "another process runs the outbox" : strerror(-ret));
}

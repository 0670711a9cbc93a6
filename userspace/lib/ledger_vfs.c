// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

/* A batch of the ledger takes less; what does not fit is written in between. */
#define GATHER_BYTES 131072

/**
 * struct log_file - an open write-ahead log
 * @base: what SQLite knows of it
 * @at: offset in the file of what is gathered
 * @n: bytes gathered
 * @data: gathered; room for GATHER_BYTES
 * @real: the file below, of the default VFS, lies behind this struct
 */
struct log_file {
	sqlite3_file base;
	sqlite3_int64 at;
	int n;
	char *data;
	sqlite3_file *real;
};

static struct log_file *log_of(sqlite3_file *file)
{
	return (struct log_file *)file;
}

/*
 * Writes what is gathered. When that fails it is given up: the transaction fails at its
 * sync, and SQLite writes the next one over it.
 */
static int flush(struct log_file *f)
{
	int n = f->n;

	f->n = 0;
	return n ? f->real->pMethods->xWrite(f->real, f->data, n, f->at) : SQLITE_OK;
}

static int log_close(sqlite3_file *file)
{
	struct log_file *f = log_of(file);
	int rc = flush(f), closed = f->real->pMethods->xClose(f->real);

	sqlite3_free(f->data);
	return rc ? rc : closed;
}

static int log_read(sqlite3_file *file, void *data, int n, sqlite3_int64 at)
{
	struct log_file *f = log_of(file);
	int rc = flush(f);

	return rc ? rc : f->real->pMethods->xRead(f->real, data, n, at);
}

static int log_write(sqlite3_file *file, const void *data, int n, sqlite3_int64 at)
{
	struct log_file *f = log_of(file);
	int rc;

	if (f->n && (at != f->at + f->n || n > GATHER_BYTES - f->n)) {
		rc = flush(f);
		if (rc)
			return rc;
	}
	if (n > GATHER_BYTES)
		return f->real->pMethods->xWrite(f->real, data, n, at);
	if (!f->n)
		f->at = at;
	memcpy(f->data + f->n, data, (size_t)n);
	f->n += n;
	return SQLITE_OK;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct log_file *f = log_of(file);
	int rc = flush(f);

	return rc ? rc : f->real->pMethods->xTruncate(f->real, size);
}

static int log_sync(sqlite3_file *file, int flags)
{
	struct log_file *f = log_of(file);
	int rc = flush(f);

	return rc ? rc : f->real->pMethods->xSync(f->real, flags);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size)
{
	struct log_file *f = log_of(file);
	int rc = flush(f);

	return rc ? rc : f->real->pMethods->xFileSize(f->real, size);
}

static int log_lock(sqlite3_file *file, int lock)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xLock(f->real, lock);
}

static int log_unlock(sqlite3_file *file, int lock)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xUnlock(f->real, lock);
}

static int log_reserved(sqlite3_file *file, int *reserved)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xCheckReservedLock(f->real, reserved);
}

static int log_control(sqlite3_file *file, int op, void *arg)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xFileControl(f->real, op, arg);
}

static int log_sector(sqlite3_file *file)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xSectorSize(f->real);
}

static int log_device(sqlite3_file *file)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xDeviceCharacteristics(f->real);
}

static const sqlite3_io_methods log_methods = {
	.iVersion = 1,
	.xClose = log_close,
	.xRead = log_read,
	.xWrite = log_write,
	.xTruncate = log_truncate,
	.xSync = log_sync,
	.xFileSize = log_size,
	.xLock = log_lock,
	.xUnlock = log_unlock,
	.xCheckReservedLock = log_reserved,
	.xFileControl = log_control,
	.xSectorSize = log_sector,
	.xDeviceCharacteristics = log_device,
};

/* All files but the log are the default VFS's own, without us in between. */
static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	sqlite3_vfs *real = vfs->pAppData;
	struct log_file *f = log_of(file);
	int rc;

	if (!(flags & SQLITE_OPEN_WAL))
		return real->xOpen(real, name, file, flags, out);
	f->n = 0;
	f->real = (sqlite3_file *)(f + 1);
	f->base.pMethods = NULL;
	f->data = sqlite3_malloc(GATHER_BYTES);
	if (!f->data)
		return SQLITE_NOMEM;
	rc = real->xOpen(real, name, f->real, flags, out);
	/* SQLite closes a file that has methods, also after an error. */
	if (f->real->pMethods)
		f->base.pMethods = &log_methods;
	else
		sqlite3_free(f->data);
	return rc;
}

/* SQLite keeps a pointer to it until the process ends. */
static sqlite3_vfs ledger_vfs;

static void register_vfs(void)
{
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);

	if (!real)
		return;
	ledger_vfs = *real;
	ledger_vfs.pNext = NULL;
	ledger_vfs.zName = "ovpp-ledger";
	ledger_vfs.szOsFile = (int)sizeof(struct log_file) + real->szOsFile;
	ledger_vfs.pAppData = real;
	ledger_vfs.xOpen = vfs_open;
	if (sqlite3_vfs_register(&ledger_vfs, 0))
		ledger_vfs.zName = NULL;
}

const char *ovpp_ledger_vfs(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, register_vfs);
	return ledger_vfs.zName;
}

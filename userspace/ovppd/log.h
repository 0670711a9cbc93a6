/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log lines to standard error with the level prefixes of sd-daemon(3), which
 * journald turns into priorities. Used by all threads.
 */
#ifndef OVPPD_LOG_H
#define OVPPD_LOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/**
 * struct logger - where lines go
 * @verbose: debug lines too
 * @lock: guards what follows
 * @window_ns: start of the present window of the rate limit
 * @lines: written in it
 * @suppressed: not written in it
 */
struct logger {
	bool verbose;
	pthread_mutex_t lock;
	uint64_t window_ns;
	unsigned int lines;
	unsigned int suppressed;
};

void log_init(struct logger *log, bool verbose);

/*
 * One line. Beyond 200 lines in ten seconds lines are left out, and how many
 * were is said.
 */
void log_line(struct logger *log, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_err(log, ...) log_line(log, LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warning(log, ...) log_line(log, LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(log, ...) log_line(log, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(log, ...) log_line(log, LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif /* OVPPD_LOG_H */

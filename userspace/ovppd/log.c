// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include "clock.h"

#define WINDOW_NS (10 * CLOCK_S)
#define WINDOW_LINES 200

void log_init(struct logger *log, bool verbose)
{
	*log = (struct logger){.verbose = verbose};
	pthread_mutex_init(&log->lock, NULL);
}

/* May a line be written now? Call with the lock held. */
static bool allowed(struct logger *log)
{
	uint64_t now = clock_mono();

	if (!log->window_ns || now - log->window_ns >= WINDOW_NS) {
		if (log->suppressed)
			fprintf(stderr, "<%d>%u log lines were left out\n", LOG_LEVEL_WARNING,
				log->suppressed);
		log->window_ns = now;
		log->lines = 0;
		log->suppressed = 0;
	}
	if (log->lines < WINDOW_LINES) {
		log->lines++;
		return true;
	}
	log->suppressed++;
	return false;
}

void log_line(struct logger *log, enum log_level level, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (level == LOG_LEVEL_DEBUG && !log->verbose)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	pthread_mutex_lock(&log->lock);
	if (allowed(log))
		fprintf(stderr, "<%d>%s\n", level, text);
	pthread_mutex_unlock(&log->lock);
}

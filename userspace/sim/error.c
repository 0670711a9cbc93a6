// SPDX-License-Identifier: GPL-2.0-or-later
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int sim_fail(struct sim_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return -EINVAL;
}

void sim_fail_in(struct sim_error *err, const char *context)
{
	char text[sizeof(err->text)];
	int n;

	n = snprintf(text, sizeof(text), "%s: ", context);
	if (n > 0 && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - n, "%.*s", (int)(sizeof(text) - n - 1),
			 err->text);
	memcpy(err->text, text, sizeof(text));
}

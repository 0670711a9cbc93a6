// SPDX-License-Identifier: GPL-2.0-or-later
#include "path.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ovpp_text_append(char *buf, size_t size, const char *fmt, ...)
{
	size_t used = strnlen(buf, size);
	va_list ap;

	if (used >= size)
		return;
	va_start(ap, fmt);
	vsnprintf(buf + used, size - used, fmt, ap);
	va_end(ap);
}

void ovpp_path_append(const struct ovpp_path *path, char *buf, size_t size)
{
	if (!path)
		return;
	ovpp_path_append(path->up, buf, size);
	ovpp_text_append(buf, size, "%s%s", path->up ? "." : "", path->name);
	if (path->indexed)
		ovpp_text_append(buf, size, "[%zu]", path->index);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void below_root(const struct doctor *d, char *path, const char *fmt, va_list ap)
{
	int n = snprintf(path, PATH_MAX, "%s", d->root);

	vsnprintf(path + n, (size_t)(PATH_MAX - n), fmt, ap);
}

int doctor_read(const struct doctor *d, char *line, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX];
	int ret = 0;
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	below_root(d, path, fmt, ap);
	va_end(ap);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	line[0] = '\0';
	if (!fgets(line, (int)size, f) && ferror(f))
		ret = -EIO;
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return ret;
}

bool doctor_exists(const struct doctor *d, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	below_root(d, path, fmt, ap);
	va_end(ap);
	return !access(path, F_OK);
}

bool doctor_in_list(const char *list, int number)
{
	const char *s = list;
	char *end;

	while (*s) {
		long low = strtol(s, &end, 10), high = low;

		if (end == s)
			return false;
		if (*end == '-')
			high = strtol(end + 1, &end, 10);
		if (number >= low && number <= high)
			return true;
		s = end + strspn(end, ",");
	}
	return false;
}

static size_t add_cpu(int *cpus, size_t n, size_t max, int cpu)
{
	for (size_t i = 0; i < n; i++) {
		if (cpus[i] == cpu)
			return n;
	}
	if (n < max)
		cpus[n++] = cpu;
	return n;
}

size_t doctor_cpus(const struct doctor *d, int *cpus, size_t max)
{
	char online[256] = "";
	size_t n = 0, i;
	json_t *site;

	json_array_foreach (d->sites, i, site) {
		json_t *cpu = json_object_get(site, "cpu");

		if (json_integer_value(cpu) >= 0 && cpu)
			n = add_cpu(cpus, n, max, (int)json_integer_value(cpu));
	}
	if (n || doctor_read(d, online, sizeof(online), "/sys/devices/system/cpu/online"))
		return n;
	for (int cpu = 0; cpu < 4096 && n < max; cpu++) {
		if (doctor_in_list(online, cpu))
			cpus[n++] = cpu;
	}
	return n;
}

/* "12 (name) S 2 ...": policy and priority are the fields 41 and 40. */
static bool parse_stat(char *stat, struct doctor_task *task)
{
	char *open = strchr(stat, '('), *close = strrchr(stat, ')'), *field;
	int number = 3;

	if (!open || !close)
		return false;
	*close = '\0';
	snprintf(task->comm, sizeof(task->comm), "%s", open + 1);
	task->tid = atoi(stat);
	for (field = strtok(close + 1, " "); field; field = strtok(NULL, " ")) {
		if (number == 40)
			task->priority = atoi(field);
		if (number == 41)
			task->policy = atoi(field);
		number++;
	}
	return number > 41;
}

static void read_affinity(const struct doctor *d, const char *pid, const char *tid,
			  struct doctor_task *task)
{
	char path[PATH_MAX], line[256];
	FILE *f;

	task->cpus[0] = '\0';
	snprintf(path, sizeof(path), "%s/proc/%s/task/%s/status", d->root, pid, tid);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Cpus_allowed_list: %127s", task->cpus) == 1)
			break;
	}
	fclose(f);
}

static DIR *open_dir(const struct doctor *d, const char *fmt, const char *word)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s", d->root);

	snprintf(path + n, sizeof(path) - (size_t)n, fmt, word);
	return opendir(path);
}

static void each_thread(const struct doctor *d, const char *pid,
			void (*fn)(const struct doctor_task *task, void *arg), void *arg)
{
	DIR *dir = open_dir(d, "/proc/%s/task", pid);
	struct dirent *e;
	char stat[1024];

	while (dir && (e = readdir(dir))) {
		struct doctor_task task = {0};

		if (e->d_name[0] == '.' ||
		    doctor_read(d, stat, sizeof(stat), "/proc/%s/task/%s/stat", pid, e->d_name) ||
		    !parse_stat(stat, &task))
			continue; /* it has ended meanwhile */
		read_affinity(d, pid, e->d_name, &task);
		fn(&task, arg);
	}
	if (dir)
		closedir(dir);
}

void doctor_each_task(const struct doctor *d, void (*fn)(const struct doctor_task *task, void *arg),
		      void *arg)
{
	DIR *dir = open_dir(d, "/%s", "proc");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			each_thread(d, e->d_name, fn, arg);
	}
	if (dir)
		closedir(dir);
}

void doctor_list(char *text, size_t size, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	if (len + 48 > size) {
		if (strcmp(text + len - 3, "..."))
			snprintf(text + len, size - len, ", ...");
		return;
	}
	if (len)
		len += (size_t)snprintf(text + len, size - len, ", ");
	va_start(ap, fmt);
	vsnprintf(text + len, size - len, fmt, ap);
	va_end(ap);
}

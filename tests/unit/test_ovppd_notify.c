// SPDX-License-Identifier: GPL-2.0-or-later
/* ovppd/notify.c and log.c: what the service manager and the journal are told. */
#include <limits.h>

#include "kselftest_harness.h"

#include "../../userspace/ovppd/log.c"
#include "../../userspace/ovppd/notify.c"

/* A socket of the service manager's kind; its name is set in the environment. */
static int listen_at(const char *name)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	size_t n = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	memcpy(addr.sun_path, name, n);
	if (name[0] == '@')
		addr.sun_path[0] = '\0';
	if (bind(fd, (struct sockaddr *)&addr,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)))
		return -1;
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

TEST(without_a_service_manager_nothing_is_sent_and_nothing_is_wrong)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	EXPECT_EQ(0, notify_send("READY=1"));
	EXPECT_EQ(0, notify_watchdog_ns());
}

TEST(it_is_told_at_an_abstract_address)
{
	char name[64], text[64] = "";
	int fd;

	snprintf(name, sizeof(name), "@ovppd-test-%d", (int)getpid());
	fd = listen_at(name);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, notify_send("READY=1"));
	EXPECT_EQ(7, recv(fd, text, sizeof(text), 0));
	EXPECT_STREQ("READY=1", text);
	close(fd);
}

TEST(it_is_told_at_a_path)
{
	const char *out = getenv("OUT");
	char dir[PATH_MAX], name[PATH_MAX + 32], text[64] = "";
	int fd;

	ASSERT_NE(NULL, realpath(out ? out : ".", dir));
	snprintf(name, sizeof(name), "%s/notify-%d", dir, (int)getpid());
	if (strlen(name) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		SKIP(return, "the path of this folder is too long for a socket");
	fd = listen_at(name);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, notify_send("STOPPING=1"));
	EXPECT_EQ(10, recv(fd, text, sizeof(text), 0));
	EXPECT_STREQ("STOPPING=1", text);
	close(fd);
	unlink(name);
	EXPECT_NE(0, notify_send("WATCHDOG=1"));
}

TEST(the_watchdog_is_for_the_process_that_it_names)
{
	char pid[16];

	setenv("WATCHDOG_USEC", "2000000", 1);
	unsetenv("WATCHDOG_PID");
	EXPECT_EQ(2 * CLOCK_S, notify_watchdog_ns());
	setenv("WATCHDOG_PID", "1", 1);
	EXPECT_EQ(0, notify_watchdog_ns());
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	EXPECT_EQ(2 * CLOCK_S, notify_watchdog_ns());
}

/* What is written to standard error by @n lines of this level. */
static size_t lines_of(struct logger *log, enum log_level level, int n, char *first, size_t size)
{
	int fd[2], saved = dup(STDERR_FILENO);
	char buf[65536];
	size_t lines = 0;
	ssize_t got;

	if (pipe(fd))
		return 0;
	dup2(fd[1], STDERR_FILENO);
	for (int i = 0; i < n; i++)
		log_line(log, level, "line %d", i);
	dup2(saved, STDERR_FILENO);
	close(fd[1]);
	close(saved);
	got = read(fd[0], buf, sizeof(buf) - 1);
	close(fd[0]);
	buf[got > 0 ? got : 0] = '\0';
	snprintf(first, size, "%.*s", (int)strcspn(buf, "\n"), buf);
	for (const char *p = buf; (p = strchr(p, '\n')); p++)
		lines++;
	return lines;
}

TEST(a_line_carries_its_level)
{
	struct logger log;
	char first[64];

	log_init(&log, false);
	EXPECT_EQ(1, lines_of(&log, LOG_LEVEL_ERR, 1, first, sizeof(first)));
	EXPECT_STREQ("<3>line 0", first);
	EXPECT_EQ(1, lines_of(&log, LOG_LEVEL_INFO, 1, first, sizeof(first)));
	EXPECT_STREQ("<6>line 0", first);
}

TEST(debug_lines_come_only_when_asked_for)
{
	struct logger log;
	char first[64];

	log_init(&log, false);
	EXPECT_EQ(0, lines_of(&log, LOG_LEVEL_DEBUG, 1, first, sizeof(first)));
	log_init(&log, true);
	EXPECT_EQ(1, lines_of(&log, LOG_LEVEL_DEBUG, 1, first, sizeof(first)));
}

TEST(a_flood_of_lines_is_cut_and_the_cut_is_told)
{
	struct logger log;
	char first[64];

	log_init(&log, false);
	EXPECT_EQ(200, lines_of(&log, LOG_LEVEL_INFO, 300, first, sizeof(first)));
	EXPECT_EQ(100, log.suppressed);
	/* As if the window's time were over. */
	log.window_ns -= WINDOW_NS;
	EXPECT_EQ(2, lines_of(&log, LOG_LEVEL_INFO, 1, first, sizeof(first)));
	EXPECT_STREQ("<4>100 log lines were left out", first);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may do what: the device node and the netlink family without CAP_NET_ADMIN. */

#include "helpers.h"

#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "spec.h"

#define NOBODY 65534
#define GROUP 4242

FIXTURE(rights)
{
	struct bench b;
};

FIXTURE_SETUP(rights)
{
	if (geteuid())
		SKIP(return, "needs root, to give rights away");
	ASSERT_EQ(0, bench_new(&self->b, "kselftest-rights", NULL));
	ASSERT_LT(0, bench_der(&self->b, BENCH_BATTERY, 0));
}

/* The test has given its rights away; its parent has them still. */
FIXTURE_TEARDOWN_PARENT(rights)
{
	struct bench b = {.name = "kselftest-rights", .can = -1};

	EXPECT_EQ(0, ovpp_nl_open(&b.nl));
	bench_end(&b);
}

/* Becomes a user without any capability, in @group besides its own. */
static int drop_rights(gid_t group)
{
	if (setgroups(1, &group) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return -errno;
	return 0;
}

static int open_error(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* ---- the node ---- */

TEST_F(rights, node_is_of_root_and_its_group_alone)
{
	struct stat st;

	ASSERT_EQ(0, stat(self->b.node, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0660, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_uid);
}

TEST_F(rights, stranger_cannot_open_the_node)
{
	/* Whatever group a rule has given it. */
	ASSERT_EQ(0, chown(self->b.node, 0, 0));
	ASSERT_EQ(0, drop_rights(NOBODY));
	EXPECT_EQ(EACCES, open_error(self->b.node, O_RDONLY));
	EXPECT_EQ(EACCES, open_error(self->b.node, O_RDWR));
}

TEST_F(rights, member_of_the_group_may_read_and_not_control)
{
	ASSERT_EQ(0, chown(self->b.node, 0, GROUP));
	ASSERT_EQ(0, drop_rights(GROUP));
	EXPECT_EQ(0, open_error(self->b.node, O_RDONLY));
	EXPECT_EQ(EPERM, open_error(self->b.node, O_RDWR));
	EXPECT_EQ(EPERM, open_error(self->b.node, O_WRONLY));
}

TEST_F(rights, mode_of_the_node_does_not_replace_the_capability)
{
	ASSERT_EQ(0, chmod(self->b.node, 0666));
	ASSERT_EQ(0, drop_rights(NOBODY));
	EXPECT_EQ(0, open_error(self->b.node, O_RDONLY));
	EXPECT_EQ(EPERM, open_error(self->b.node, O_RDWR));
}

TEST_F(rights, root_without_the_capability_cannot_control)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

	ASSERT_EQ(0, syscall(SYS_capget, &header, caps));
	caps[CAP_TO_INDEX(CAP_NET_ADMIN)].effective &= ~CAP_TO_MASK(CAP_NET_ADMIN);
	ASSERT_EQ(0, syscall(SYS_capset, &header, caps));
	EXPECT_EQ(0, open_error(self->b.node, O_RDONLY));
	EXPECT_EQ(EPERM, open_error(self->b.node, O_RDWR));
}

/* ---- netlink ---- */

static bool changes(const char *op)
{
	const char *verb = strrchr(op, '-');

	return !verb || (strcmp(verb, "-get") && strcmp(verb, "-ntf"));
}

/* Tries every operation that changes something; counts those that are not refused. */
static int changes_allowed(struct ovpp_nl *nl, int *tried)
{
	int allowed = 0;

	for (size_t i = 0; i < ovpp_spec_n_ops; i++) {
		const struct ovpp_spec_op *op = &ovpp_spec_ops[i];
		int ret;

		if (!op->has_do || !changes(op->name))
			continue;
		(*tried)++;
		ret = ovpp_nl_do(nl, op->name, NULL, NULL);
		if (ret == -EPERM)
			continue;
		fprintf(stderr, "# %s: %d, %s\n", op->name, ret, ovpp_nl_error(nl));
		allowed++;
	}
	return allowed;
}

TEST_F(rights, stranger_cannot_change_anything)
{
	struct ovpp_nl *nl;
	int tried = 0;

	ASSERT_EQ(0, drop_rights(NOBODY));
	ASSERT_EQ(0, ovpp_nl_open(&nl));
	EXPECT_EQ(0, changes_allowed(nl, &tried));
	EXPECT_LE(15, tried);
	ovpp_nl_close(nl);
}

TEST_F(rights, stranger_may_look)
{
	json_int_t site = self->b.site;
	json_t *list = NULL;
	struct ovpp_nl *nl;

	ASSERT_EQ(0, drop_rights(NOBODY));
	ASSERT_EQ(0, ovpp_nl_open(&nl));
	EXPECT_EQ(0, bench_must(nl, "site-get", json_pack("{s:I}", "id", site), NULL));
	EXPECT_EQ(0, bench_must(nl, "der-get",
				json_pack("{s:I,s:s}", "site", site, "name", "battery0"), NULL));
	EXPECT_EQ(0, ovpp_nl_dump(nl, "profile-get", NULL, &list));
	EXPECT_LT(0, json_array_size(list));
	json_decref(list);
	ovpp_nl_close(nl);
}

TEST_F(rights, root_of_a_user_namespace_is_a_stranger)
{
	struct ovpp_nl *nl;
	int tried = 0;

	ASSERT_EQ(0, chmod(self->b.node, 0666));
	ASSERT_EQ(0, drop_rights(NOBODY));
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		SKIP(return, "no user namespaces for users here");
	EXPECT_EQ(0, open_error(self->b.node, O_RDONLY));
	EXPECT_EQ(EPERM, open_error(self->b.node, O_RDWR));
	ASSERT_EQ(0, ovpp_nl_open(&nl));
	EXPECT_EQ(0, changes_allowed(nl, &tried));
	EXPECT_LE(15, tried);
	ovpp_nl_close(nl);
}

TEST_HARNESS_MAIN

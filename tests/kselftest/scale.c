// SPDX-License-Identifier: GPL-2.0-or-later
// timeout: 300
/* Many sites, and a site with as many DER as it takes. */

#include "helpers.h"

#include "kselftest_harness.h"

#define DERS 1000
#define BUDGET 2048 /* bytes of kernel memory a DER */

/* One message either way, 29-bit, so that every device has its own. */
static int add_profile(struct ovpp_nl *nl)
{
	/* clang-format off */
	return bench_profile(nl, json_loads(BENCH_JSON({
		"name": "kselftest-many", "version": 1, "kind": "battery",
		"message": [
			{ "id": 65536, "stride": 1, "length": 4, "timeout_ms": 60000,
			  "flags": ["ext"],
			  "signal": [
				{ "point": "p", "start": 0, "length": 32,
				  "flags": ["signed"] }] },
			{ "id": 131072, "stride": 1, "length": 4, "period_ms": 60000,
			  "flags": ["tx", "ext"],
			  "signal": [
				{ "point": "p_set", "start": 0, "length": 32,
				  "flags": ["signed"] }] }]
	}), 0, NULL));
	/* clang-format on */
}

static int add_der(struct bench *b, int node)
{
	char name[16];

	snprintf(name, sizeof(name), "d%d", node);
	return bench_do(b->nl, "der-new",
			json_pack("{s:I,s:s,s:s,s:s,s:i}", "site", (json_int_t)b->site, "name",
				  name, "bus_name", "bus", "profile", "kselftest-many", "node",
				  node),
			NULL);
}

/* What the kernel has in use for its own data, in bytes. */
static long kernel_memory(void)
{
	char line[128], key[64];
	long sum = 0, kib;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63[^:]: %ld", key, &kib) == 2 &&
		    (!strcmp(key, "Slab") || !strcmp(key, "VmallocUsed")))
			sum += kib;
	if (f)
		fclose(f);
	return sum * 1024;
}

static json_int_t site_count(struct bench *b, const char *key)
{
	return bench_get(b->nl, "site-get", json_pack("{s:I}", "id", (json_int_t)b->site), key);
}

TEST(a_site_takes_1000_der_of_at_most_2_kib_each)
{
	json_t *ders = NULL, *der;
	struct bench b;
	long before;
	size_t i;

	ASSERT_EQ(0,
		  bench_new(&b, "kselftest-many",
			    json_pack("{s:i,s:i}", "period_ns", 100000000, "ring_records", 1024)));
	ASSERT_EQ(0, add_profile(b.nl));
	before = kernel_memory();
	for (i = 1; i <= DERS; i++)
		ASSERT_EQ(0, add_der(&b, (int)i));
	TH_LOG("the kernel's memory grew by %ld bytes a DER", (kernel_memory() - before) / DERS);
	EXPECT_EQ(DERS, site_count(&b, "der_count"));
	EXPECT_EQ(-ENOSPC, add_der(&b, DERS + 1));

	/* All of them come in one dump, whole and in order. */
	ASSERT_EQ(0, ovpp_nl_dump(b.nl, "der-get", NULL, &ders));
	EXPECT_EQ(DERS, json_array_size(ders));
	json_array_foreach (ders, i, der) {
		EXPECT_EQ((json_int_t)i + 1, json_integer_value(json_object_get(der, "id")));
		ASSERT_GE(BUDGET, json_integer_value(json_object_get(der, "memory")));
	}
	json_decref(ders);
	bench_end(&b);
}

TEST(several_sites_run_side_by_side)
{
	static const char *const names[] = {"kselftest-s1", "kselftest-s2", "kselftest-s3"};
	struct ovpp_nl *nl;
	size_t i;

	ASSERT_EQ(0, ovpp_nl_open(&nl));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		ASSERT_EQ(0, bench_must(nl, "site-new",
					json_pack("{s:s,s:i}", "name", names[i], "period_ns",
						  10000000),
					NULL));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_TRUE(bench_wait(bench_get(nl, "stats-get",
						 json_pack("{s:s}", "site_name", names[i]),
						 "ticks") > 10));
	EXPECT_EQ(-EEXIST, bench_do(nl, "site-new", json_pack("{s:s}", "name", names[0]), NULL));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(0,
			  bench_must(nl, "site-del", json_pack("{s:s}", "name", names[i]), NULL));
	ovpp_nl_close(nl);
}

TEST_HARNESS_MAIN

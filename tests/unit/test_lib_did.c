// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/did.c: public keys as did:key. */
#include <string.h>

#include "kselftest_harness.h"

#include "did.h"

/* Of a seed of zeros, as the method's own examples have it; RFC 8032, 7.1; the ends. */
static const struct {
	const char *key;
	const char *did;
} known[] = {
	{"3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
	 "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"},
	{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	 "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"},
	{"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	 "did:key:z6MkiaMbhXHNA4eJVCCj8dbzKzTgYDKf6crKgHVHid1F1WCT"},
	{"0000000000000000000000000000000000000000000000000000000000000000",
	 "did:key:z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP"},
	{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	 "did:key:z6MkwgaR63138bEEgad7uk993KMX54vBA6KTB4sFhCPnSB2e"},
};

TEST(keys_are_those_of_other_implementations)
{
	uint8_t key[OVPP_KEY_SIZE];
	char did[OVPP_DID_SIZE];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		ASSERT_EQ(0, ovpp_unhex(known[i].key, key, sizeof(key)));
		ovpp_did_key(key, did);
		EXPECT_STREQ(known[i].did, did);
	}
}

TEST_HARNESS_MAIN

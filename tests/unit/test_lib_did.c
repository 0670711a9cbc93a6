// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/did.c: public keys as did:key. */
#include <stdio.h>
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

/* The example of the method's specification for this key, without its key agreement. */
TEST(a_document_names_its_key)
{
	static const char wanted[] =
		"{\"@context\":[\"https://www.w3.org/ns/did/v1\","
		"\"https://w3id.org/security/multikey/v1\"],"
		"\"id\":\"did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp\","
		"\"verificationMethod\":[{\"id\":"
		"\"did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
		"#z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp\",\"type\":\"Multikey\","
		"\"controller\":\"did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp\","
		"\"publicKeyMultibase\":\"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp\"}]";
	static const char *const purpose[] = {"authentication", "assertionMethod",
					      "capabilityInvocation", "capabilityDelegation"};
	json_t *expected, *document, *names = json_pack("[s]", "eip155:31337:0x01");
	char text[2048];
	uint8_t key[OVPP_KEY_SIZE];

	snprintf(text, sizeof(text), "%s}", wanted);
	expected = json_loads(text, 0, NULL);
	ASSERT_NE(NULL, expected);
	for (size_t i = 0; i < sizeof(purpose) / sizeof(purpose[0]); i++)
		json_object_set_new(expected, purpose[i],
				    json_pack("[s]", "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3"
						     "djdX3mDooWp#z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLV"
						     "VQR3djdX3mDooWp"));
	ASSERT_EQ(0, ovpp_unhex(known[0].key, key, sizeof(key)));
	document = ovpp_did_document(key, NULL);
	EXPECT_TRUE(json_equal(expected, document));
	json_decref(document);
	document = ovpp_did_document(key, names);
	EXPECT_TRUE(json_equal(names, json_object_get(document, "alsoKnownAs")));
	json_decref(document);
	json_decref(names);
	json_decref(expected);
}

TEST_HARNESS_MAIN

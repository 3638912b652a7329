#!/bin/sh
# Fetches the CRLs that the proxy checks by, and has it read them. From a timer, every five minutes; README.md has the units.
# What can't be fetched, or wasn't signed by our CAs, replaces nothing and ends with an error, for the monitoring to see.
set -eu

PKI=http://127.0.0.1:4000/pki
CAS="root-1 5120-1" # each CA in client-ca.pem: OpenSSL wants a CRL of every one in a chain
DIR=/etc/nginx/shomei
RELOAD="systemctl reload nginx"

new=$(mktemp "$DIR/.client-crl.XXXXXX")
trap 'rm -f "$new" "$new.der"' EXIT
for ca in $CAS; do
    curl --silent --show-error --fail --max-time 60 --output "$new.der" "$PKI/$ca.crl"
    # It says whether the signature is right, and ends with 0 either way.
    openssl crl -inform DER -in "$new.der" -noout -CAfile "$DIR/client-ca.pem" 2>&1 | grep -qx "verify OK"
    openssl crl -inform DER -in "$new.der" >> "$new"
done

if ! cmp -s "$new" "$DIR/client-crl.pem"; then
    mv "$new" "$DIR/client-crl.pem" # in the same folder, so nobody ever reads half of one
    $RELOAD
fi

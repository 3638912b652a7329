#!/bin/sh
# Fetches the CRLs that the proxy checks by, and has it read them. From a timer, every five minutes; README.md has the units.
# What can't be fetched, wasn't signed by that very CA, or is older than the one before, replaces nothing and ends with an
# error, for the monitoring to see.
set -eu

PKI=http://127.0.0.1:4000/pki
CAS="root-1 5120-1" # each CA in client-ca.pem: OpenSSL wants a CRL of every one in a chain
DIR=/etc/nginx/shomei
RELOAD="systemctl reload nginx"

new=$(mktemp "$DIR/.client-crl.XXXXXX")
trap 'rm -f "$new" "$new.der"' EXIT
number() { echo $((0x$(openssl crl -inform DER -in "$1" -noout -crlnumber | sed 's/.*=\(0x\)*//'))); }
for ca in $CAS; do
    curl --silent --show-error --fail --max-time 60 --output "$new.der" "$PKI/$ca.crl"
    # It says whether the signature is right, and ends with 0 either way.
    openssl crl -inform DER -in "$new.der" -noout -CAfile "$DIR/client-ca.pem" 2>&1 | grep -qx "verify OK"
    # Whoever is on the way could send another CA's list, or one from before a revocation.
    case $ca in root-*) name="Shomei Root CA ${ca#root-}" ;; *) name="Shomei Issuing CA $ca" ;; esac
    openssl crl -inform DER -in "$new.der" -noout -issuer -nameopt RFC2253 | grep -q "^issuer=CN=$name,"
    [ ! -e "$DIR/$ca.crl" ] || [ "$(number "$new.der")" -ge "$(number "$DIR/$ca.crl")" ]
    mv "$new.der" "$DIR/$ca.crl"
    openssl crl -inform DER -in "$DIR/$ca.crl" >> "$new"
done

if ! cmp -s "$new" "$DIR/client-crl.pem"; then
    mv "$new" "$DIR/client-crl.pem" # in the same folder, so nobody ever reads half of one
    $RELOAD
fi

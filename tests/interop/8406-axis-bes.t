#!/bin/sh
# Axis 1.4, with which many portals of the Globus Toolkit 4 were written, against a gatekeeper.
# Classes are made from the WSDL as it is served, compiled, and used over mutual TLS with a proxy.
[ -n "$URL" ] || exec "$SRC/tests/lib/serve-gate" alice -- "$0"
. "$SRC/tests/lib/tap.sh"
jars=/usr/share/java
[ -e "$jars/axis.jar" ] && command -v javac >/dev/null || skip_all "there is no Axis 1.4"

tls="-Djavax.net.ssl.trustStore=ca.p12 -Djavax.net.ssl.trustStorePassword=changeit -Djavax.net.ssl.keyStore=me.p12
    -Djavax.net.ssl.keyStorePassword=changeit -Djavax.net.ssl.keyStoreType=PKCS12"
with=$(printf "$jars/%s.jar:" axis axis-jaxrpc axis-saaj commons-logging commons-discovery wsdl4j javax.mail javax.activation)
ok 'the proxy and the CA in a form that Java reads' '
    openssl pkcs12 -export -in "$PROXY_alice" -out me.p12 -passout pass:changeit -name me &&
    keytool -importcert -noprompt -alias ca -file "$CA" -keystore ca.p12 -storetype PKCS12 -storepass changeit
'
# shellcheck disable=SC2086
ok 'WSDL2Java -W makes classes of the served WSDL' '
    mkdir stubs && java $tls -cp "$with" org.apache.axis.wsdl.WSDL2Java -W -o stubs "$URL/bes?wsdl"
'
ok 'they compile' '
    find stubs -name "*.java" >files && javac -nowarn -d classes -cp "$with" @files "$SRC/tests/interop/AxisBes.java"
'
# shellcheck disable=SC2086
ok 'jobs and faults by them' '
    java $tls -cp "classes:$with" AxisBes "$URL" >said 2>&1; rc=$?; sed "s/^/# /" said; [ "$rc" = 0 ]
'
done_testing

#!/bin/sh
# A portal in Perl: SOAP::Lite over mutual TLS with a proxy, from our WSDL.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/gk.sh"
perl -MSOAP::Lite -MIO::Socket::SSL -e1 2>/dev/null || skip_all 'SOAP::Lite is not installed'

gk_grid && gk_start || exit 1
cat >portal.pl <<'EOP'
use strict;
use warnings;
use IO::Socket::SSL;
use SOAP::Lite;

my ($url, $proxy, $what) = @ARGV;
my ($ca) = glob 'g/certificates/*.0';
$ENV{HTTPS_CA_FILE} = $ENV{PERL_LWP_SSL_CA_FILE} = $ca;
IO::Socket::SSL::set_defaults(SSL_cert_file => $proxy, SSL_key_file => $proxy, SSL_ca_file => $ca);

my $ns = 'http://schemas.ggf.org/bes/2006/08/bes-factory';
my $wsa = 'http://www.w3.org/2005/08/addressing';
# What the WSDL tells it: operations, their actions and addresses.
my $schema = SOAP::Schema->schema_url("$url/bes?wsdl");
$schema->parse;
my $methods = $schema->services->{BESService};
my $soap = SOAP::Lite->proxy($methods->{CreateActivity}{endpoint}->value)->default_ns($ns)->autotype(0)
    ->on_action(sub { $methods->{ $_[1] }{soapaction}->value })
    ->on_fault(sub { my ($s, $r) = @_; die ref $r ? $r->faultstring . "\n" : $s->transport->status . "\n" });
$soap->serializer->register_ns($wsa, 'wsa');

sub activity { SOAP::Data->name(ActivityIdentifier => \SOAP::Data->name('wsa:Address' => $_[0])) }

sub create {
    my @argument = map { "<p:Argument>$_</p:Argument>" } @_[1 .. $#_];
    my $jsdl = '<j:JobDefinition xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl"'
        . ' xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix"><j:JobDescription><j:Application>'
        . "<p:POSIXApplication><p:Executable>$_[0]</p:Executable>@argument</p:POSIXApplication>"
        . '</j:Application></j:JobDescription></j:JobDefinition>';
    my $answer = $soap->call(CreateActivity => SOAP::Data->name(ActivityDocument => \SOAP::Data->type(xml => $jsdl)));
    return $answer->valueof('//CreateActivityResponse/ActivityIdentifier/Address');
}

sub wait_for {
    my ($job, $want) = @_;
    while (1) {
        my $answer = $soap->call(GetActivityStatuses => activity($job));
        my $state = $answer->dataof('//Response/ActivityStatus')->attr->{state};
        return $answer if $state eq $want;
        die "job is $state\n" unless $state eq 'Pending' || $state eq 'Running';
        select undef, undef, undef, 0.1;
    }
}

if ($what eq 'run') {
    my $status = wait_for(create('/bin/echo', 'from perl'), 'Finished');
    die "no exit code\n" unless $status->valueof('//JobStatus/ExitCode') eq '0';
    my $ua = LWP::UserAgent->new;
    print $ua->get($status->valueof('//JobStatus/StdoutURL'))->decoded_content;
} elsif ($what eq 'terminate') {
    my $job = create('/bin/sleep', '1000');
    my $answer = $soap->call(TerminateActivities => activity($job));
    die "not terminated\n" unless $answer->valueof('//Response/Terminated') eq 'true';
    wait_for($job, 'Cancelled');
    print "Cancelled\n";
} elsif ($what eq 'fault') {
    eval { create('') };
    print $@;
} elsif ($what eq 'factory') {
    print $soap->call('GetFactoryAttributesDocument')->valueof('//IsAcceptingNewActivities'), "\n";
}
EOP
portal() { timeout 120 perl portal.pl "$URL" g/proxy/alice.pem "$1"; }

ok 'echo is submitted, polled to its end, and its output read' '[ "$(portal run)" = "from perl" ]'
ok 'a job is terminated' '[ "$(portal terminate)" = Cancelled ]'
ok 'a bad document is a fault in words' 'portal fault | grep "executable is missing"'
ok 'the factory describes itself' '[ "$(portal factory)" = true ]'
done_testing

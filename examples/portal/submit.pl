#!/usr/bin/perl
# submit.pl URL COMMAND ARGUMENT... - a portal's job in Perl: SOAP::Lite and the
# WSDL that the site serves.  URL is https://host:port; credential and CA are
# X509_USER_PROXY and the PEM file CA.  Prints the job's output, exits with its
# exit code.
use strict;
use warnings;
use IO::Socket::SSL;
use SOAP::Lite;

my ($url, @words) = @ARGV;
my $wsa = 'http://www.w3.org/2005/08/addressing';
$ENV{HTTPS_CA_FILE} = $ENV{CA};
IO::Socket::SSL::set_defaults(SSL_cert_file => $ENV{X509_USER_PROXY}, SSL_key_file => $ENV{X509_USER_PROXY},
    SSL_ca_file => $ENV{CA});
my $site = SOAP::Lite->service("$url/bes?wsdl");
$site->want_som(1);

sub text { my $t = shift; $t =~ s/&/&amp;/g; $t =~ s/</&lt;/g; return $t }
my ($program, @arguments) = map { text($_) } @words;
my $jsdl = '<j:JobDefinition xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl"
  xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix"><j:JobDescription><j:Application><p:POSIXApplication>'
    . "<p:Executable>$program</p:Executable>" . join('', map { "<p:Argument>$_</p:Argument>" } @arguments)
    . '</p:POSIXApplication></j:Application></j:JobDescription></j:JobDefinition>';

my $r = $site->CreateActivity(SOAP::Data->name('bes:ActivityDocument' => \SOAP::Data->type(xml => $jsdl)));
die 'not submitted: ', $r->faultstring, "\n" if $r->fault;
my $address = $r->valueof('//ActivityIdentifier/Address');
print STDERR "$address\n";

my $state = '';
until ($state =~ /^(Finished|Failed|Cancelled)$/) {
    $r = $site->GetActivityStatuses(
        SOAP::Data->name('bes:ActivityIdentifier' => \SOAP::Data->name(Address => $address)->uri($wsa)));
    die $r->faultstring, "\n" if $r->fault;
    $state = $r->dataof('//ActivityStatus')->attr->{state};
    select undef, undef, undef, 0.2;
}
my ($fault, $code) = map { scalar $r->valueof("//JobStatus/$_") } 'Fault', 'ExitCode';
my ($stdout) = $r->valueof('//JobStatus/StdoutURL');    # https comes first
my $output = $site->transport->proxy->get($stdout);
print $output->content if $output->is_success;
print STDERR "$state: $fault\n" if defined $fault;
exit($code // 1);

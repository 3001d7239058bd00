# tests/lib/schemas.py - one schema over all of wsdl/, with the envelopes of SOAP 1.1
# and 1.2 in which nothing is skipped.
import os
import re
import subprocess

from gatedrive import BES, ENV, ENV12, SRC

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
XML = "http://www.w3.org/XML/1998/namespace"
PARTS = """<xs:element name="Envelope"><xs:complexType><xs:sequence>
<xs:element name="Header" minOccurs="0" form="qualified"><xs:complexType><xs:sequence>
<xs:any namespace="##other" processContents="strict" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="Body" form="qualified"><xs:complexType><xs:sequence>
<xs:choice minOccurs="0">%s<xs:any namespace="##other" processContents="strict"/></xs:choice>
</xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"""
FAULT12 = """
<xs:element name="Fault"><xs:complexType><xs:sequence>
<xs:element name="Code"><xs:complexType><xs:sequence><xs:element name="Value"><xs:simpleType><xs:restriction base="xs:QName">
<xs:enumeration value="e:Sender"/><xs:enumeration value="e:Receiver"/><xs:enumeration value="e:MustUnderstand"/>
<xs:enumeration value="e:VersionMismatch"/></xs:restriction></xs:simpleType></xs:element></xs:sequence></xs:complexType></xs:element>
<xs:element name="Reason"><xs:complexType><xs:sequence><xs:element name="Text"><xs:complexType><xs:simpleContent>
<xs:extension base="xs:string"><xs:attribute ref="xml:lang" use="required"/></xs:extension></xs:simpleContent></xs:complexType>
</xs:element></xs:sequence></xs:complexType></xs:element>
<xs:element name="Detail" minOccurs="0"><xs:complexType><xs:sequence>
<xs:any namespace="##other" processContents="strict"/></xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element>"""


def imports():
    out = ""
    for name in sorted(os.listdir(SRC + "/wsdl")):
        if name.endswith(".xsd") and name != "soap-fault.xsd":
            ns = re.search(r'targetNamespace="([^"]+)"', open(f"{SRC}/wsdl/{name}").read()).group(1)
            out += f'<xs:import namespace="{ns}" schemaLocation="{SRC}/wsdl/{name}"/>'
    return out


class Schemas:
    """Made in the directory DIR."""

    def __init__(self, dir):
        self.dir = dir
        self.write("v11", f'<xs:schema {XS} xmlns:e="{ENV}" targetNamespace="{ENV}">'
                   f'<xs:include schemaLocation="{SRC}/wsdl/soap-fault.xsd"/>' + imports() +
                   PARTS % '<xs:element name="Fault" type="e:Fault" form="qualified"/>')
        self.write("xml", f'<xs:schema {XS} targetNamespace="{XML}"><xs:attribute name="lang" type="xs:language"/>')
        self.write("v12", f'<xs:schema {XS} xmlns:e="{ENV12}" targetNamespace="{ENV12}" elementFormDefault="qualified">'
                   f'<xs:import namespace="{XML}" schemaLocation="xml.xsd"/>' + imports() + PARTS % FAULT12)
        # Details and what stands at an xsd:any are judged as documents of their own.
        self.write("any", f"<xs:schema {XS}>{imports()}")

    def write(self, name, text):
        with open(f"{self.dir}/{name}.xsd", "w") as f:
            f.write(text + "</xs:schema>")

    def xmllint(self, schema, file):
        p = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", f"{self.dir}/{schema}.xsd", file],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return p.returncode == 0 or print("# " + p.stdout.replace("\n", "\n# "))

    def valid(self, file, text, version=ENV, lax=("detail", f"{{{BES}}}ActivityStatus")):
        """The message TEXT, kept in FILE; then strictly each child of the elements LAX."""
        import lxml.etree as etree
        with open(file, "w") as f:
            f.write(text)
        good = self.xmllint("v11" if version == ENV else "v12", file)
        n = 0
        for place in etree.fromstring(text.encode()).iter(*lax):
            for child in place:
                n += 1
                with open(f"{file}.{n}", "wb") as f:
                    f.write(etree.tostring(child, with_tail=False))
                good = self.xmllint("any", f"{file}.{n}") and good
        return good

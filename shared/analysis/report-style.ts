/** The report's look: always black on white, also on screen, since what is read is what is printed. A4, no outside parts. */
export const reportStyle = `
@page{size:A4;margin:16mm 18mm 18mm}
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;background:#d9dce1;color:#000;font:9.5pt/14pt "Inter Variable",Inter,"Segoe UI",system-ui,sans-serif}
main{width:210mm;max-width:100%;margin:16px auto;background:#fff;padding:16mm 18mm}
h1{font-size:18pt;line-height:24pt;font-weight:650;margin:0;overflow-wrap:anywhere}
h2{font-size:11.5pt;line-height:16pt;font-weight:650;margin:13pt 0 4pt;break-after:avoid}
h3{font-size:9.5pt;line-height:14pt;font-weight:650;margin:8pt 0 2pt;break-after:avoid}
p{margin:0 0 6pt}
header{border-bottom:1.5pt solid #000;padding-bottom:8pt;margin-bottom:8pt;display:flex;justify-content:space-between;align-items:flex-end;gap:16pt}
header p{margin:2pt 0 0;font-size:9pt;line-height:13pt}header>div:last-child{text-align:right;flex:none;max-width:46%}
.tlp{border:1pt solid #000;padding:1pt 5pt;font-size:8pt;line-height:11pt;font-weight:600;white-space:nowrap}
table{border-collapse:collapse;width:100%;font-size:8.5pt;line-height:12pt;table-layout:fixed}
th{text-align:left;font-weight:600;border-bottom:1pt solid #000;padding:2pt 4pt 2pt 0;vertical-align:bottom}
td{border-bottom:.5pt solid #999;padding:2pt 4pt 2pt 0;vertical-align:top;overflow-wrap:anywhere}
tr,.keep{break-inside:avoid}thead{display:table-header-group}
.n,.tn{font-variant-numeric:tabular-nums}.n{text-align:right;padding-right:8pt}
code{font-family:"JetBrains Mono Variable","JetBrains Mono",ui-monospace,Consolas,monospace;font-size:.9em;font-variant-ligatures:none;overflow-wrap:anywhere}
.hash{font-size:6.2pt}.weak{color:#444}
.facts{display:grid;grid-template-columns:24mm minmax(0,1fr) 22mm minmax(0,1fr);gap:2pt 8pt;font-size:8.5pt;line-height:12pt;margin:0}
.facts dt{color:#444}.facts dd{margin:0;overflow-wrap:anywhere}
.verdict{border:1pt solid #000;padding:8pt 10pt;margin:10pt 0;break-inside:avoid}.verdict p{margin:0;overflow-wrap:anywhere}.verdict b{font-weight:650}
figure{margin:6pt 0;break-inside:avoid}figcaption{font-size:8.5pt;line-height:12pt;margin-top:4pt}
svg{display:block;width:100%;height:auto;fill:#000;font-family:inherit}
.bar{display:inline-block;height:6pt;background:#000;vertical-align:middle}.bar.none{background:#fff;border:.75pt solid #000}
ul.checks{margin:0;padding:0;list-style:none}ul.checks li{padding:0 0 2pt 12pt;text-indent:-12pt}
.sign{display:grid;grid-template-columns:1fr 1fr;gap:16pt;margin-top:18pt;break-inside:avoid;font-size:8.5pt}.sign div{border-top:.75pt solid #000;padding-top:3pt;margin-top:28pt}
@media print{body{background:#fff}main{width:auto;margin:0;padding:0}}
@media (max-width:700px){main{padding:16px}.facts{grid-template-columns:24mm minmax(0,1fr)}header{display:block}header>div:last-child{text-align:left;max-width:none}}
`;

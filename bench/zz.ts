import { detectFaces, loadDetector } from "@amface/align";
import { readImage } from "@amface/images";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
const D="/work/shared/data";
const lists: Record<string,string[]> = { lfw: Object.keys(JSON.parse(readFileSync(D+"/lfw/mtcnn-reference.json","utf8")).faces).map(f=>D+"/lfw/images/"+f),
 photos: readdirSync(D+"/photos").filter(f=>f.endsWith(".jpg")).map(f=>D+"/photos/"+f), 
 landmarks: readFileSync(D+"/landmarks/annotations.csv","utf8").trim().split("\n").slice(1,2001).map(l=>D+"/landmarks/images/"+l.split(",")[0]) };
for (const [weights,name] of [[undefined,"own"],[D+"/weights","mtcnn"]] as const) {
  const det = await loadDetector(weights as string, {threads:1});
  const out: Record<string, unknown> = {};
  for (const [set, files] of Object.entries(lists)) { if (name==="mtcnn" && set==="landmarks") continue; for (const f of files) { const im=await readImage(f); out[f.slice(D.length+1)]={w:im.width,h:im.height,faces:detectFaces(det,im)}; } }
  writeFileSync(`/tmp/found-${name}.json`, JSON.stringify(out));
}
